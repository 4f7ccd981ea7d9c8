import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLogger } from '../../../runtime/logger.ts';
import type { JoinedGroup, KafkaGroup } from '../client/kafka-group.ts';
import { createGroupMember, type GroupMember } from './group-member.ts';

const logger = createLogger({ name: 'test', level: 'silent' });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A member over a group that answers what it is told; `joins` one after the other, the last for ever. */
function memberOf(options: {
  joins: (JoinedGroup | 'lost')[];
  heartbeat: () => Promise<'ok' | 'rejoin' | 'lost'>;
  onRevoked?: (member: GroupMember) => Promise<void>;
}) {
  const { joins, heartbeat, onRevoked = async () => {} } = options;
  const asked: (readonly string[])[] = [];
  const group: KafkaGroup = {
    async join({ owned }) {
      asked.push(owned);
      return (joins.length > 1 ? joins.shift() : joins[0]) as JoinedGroup | 'lost';
    },
    heartbeat,
    commit: async () => true,
    leave: async () => {},
    close: async () => {},
  };
  const assigned: (readonly string[])[] = [];
  const stop = new AbortController();
  const member = createGroupMember({
    group,
    units: () => new Map([['a', 1]]),
    onAssigned: ({ units }) => assigned.push(units),
    onRevoked: () => onRevoked(member),
    logger,
    signal: stop.signal,
  });
  return { member, asked, assigned, stop: () => stop.abort() };
}

const joined = (generation: number, units: string[]): JoinedGroup => ({
  memberId: 'me',
  generation,
  isLeader: false,
  units,
});

test('stays current while it lets go, however long that takes: it may have to write first', async () => {
  let heartbeats = 0;
  const { member, asked, stop } = memberOf({
    joins: [joined(1, ['a', 'b']), joined(2, ['a']), joined(3, ['a'])],
    heartbeat: async () => (heartbeats++ === 0 ? 'rejoin' : 'ok'),
    async onRevoked(member) {
      await new Promise((resolve) => setTimeout(resolve, 20_000));
      while (!member.isCurrent()) await new Promise((resolve) => setTimeout(resolve, 100));
    },
  });
  const over = member.run();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toEqual([[], ['a', 'b'], ['a']]);
  stop();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await over).toBe('left');
});

test('is lost when it was given up while it let go, or while it joined again: what it has may be another’s', async () => {
  let heartbeats = 0;
  const letting = memberOf({
    joins: [joined(1, ['a', 'b']), joined(2, ['a'])],
    heartbeat: async () => (heartbeats++ === 0 ? 'rejoin' : 'lost'),
    onRevoked: () => new Promise(() => {}),
  });
  const lettingOver = letting.member.run();
  const joining = memberOf({ joins: [joined(1, ['a']), 'lost'], heartbeat: async () => 'rejoin' });
  const joiningOver = joining.member.run();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await lettingOver).toBe('lost');
  expect(await joiningOver).toBe('lost');
  expect(letting.member.isCurrent()).toBe(false);
  expect(joining.assigned).toEqual([['a']]);
});

test('is not current any more when the brokers may have given it up, counted from when they were asked', async () => {
  const { member, stop } = memberOf({
    joins: [joined(1, ['a'])],
    // An answer that took four seconds says how it was four seconds ago.
    heartbeat: () => new Promise((resolve) => setTimeout(resolve, 4_000, 'ok')),
  });
  const over = member.run();
  await vi.advanceTimersByTimeAsync(5_100);
  expect(member.isCurrent()).toBe(true);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(member.isCurrent()).toBe(false);
  stop();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await over).toBe('left');
});
