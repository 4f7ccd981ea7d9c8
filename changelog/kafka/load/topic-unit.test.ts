import { expect, test } from 'vitest';
import type { Mark } from '../mark.ts';
import { TopicUnit } from './topic-unit.ts';

function unitAt(): TopicUnit {
  const unit = new TopicUnit({
    source: 's',
    topic: 't',
    former: null,
    firstOffsets: [0n, 0n],
    generation: 1,
    loader: 'me',
  });
  // Everything below these was read.
  for (const partition of [0, 1]) {
    unit.cursor.read(partition, 10n);
    unit.snapshotNext[partition] = 10n;
  }
  return unit;
}

function mark(offset: bigint, ends: readonly bigint[]): Mark {
  const offsets = { t: ends };
  const watermark = { source: 's', epoch: 1, position: null, through: 0n, state: null, shapes: {} };
  return { watermark: { ...watermark, offsets, snapshotOffsets: offsets }, exchange: null, offset, trace: null };
}

test('stays before the snapshot rows of a build that has not begun, and reads them again when it begins', () => {
  const unit = unitAt();
  unit.park('b', 0, 4n);
  unit.park('b', 0, 7n);
  unit.park('other', 1, 8n);
  expect(unit.progress()?.offsets).toEqual([4n, 8n]);
  expect(unit.snapshotsToRead(mark(1n, [10n, 10n]))).toEqual([]);
  expect(unit.begin('b')).toBe(true);
  expect(unit.snapshotsToRead(mark(1n, [10n, 10n]))).toEqual([{ topic: 't', partition: 0, offset: 4n, until: 10n }]);
  expect(unit.hasReached(mark(1n, [10n, 10n]))).toBe(false);
  expect(unit.progress()?.offsets).toEqual([4n, 8n]);
  unit.snapshotNext[0] = 10n;
  expect(unit.progress()?.offsets).toEqual([10n, 8n]);
  expect(unit.begin('nothing of it')).toBe(false);
});

test('forgets a build that was given up when it has come to a watermark behind it, and no other', () => {
  const unit = unitAt();
  unit.park('over', 0, 4n);
  unit.park('ahead', 0, 9n);
  unit.dropParked(mark(1n, [9n, 10n]));
  expect(unit.progress()?.offsets).toEqual([9n, 10n]);
  unit.rewind({ topic: 't', offsets: [0n, 0n], replayed: 0n, offset: 5n }, { floor: 0n, relation: '' });
  unit.park('anew', 0, 2n);
  unit.cursor.read(0, 10n);
  unit.snapshotNext[0] = 10n;
  unit.dropParked(mark(4n, [9n, 9n]));
  expect(unit.progress()?.offsets).toEqual([2n, 0n]);
});

test('is not put forward by a rewind: what it has not loaded is not passed over', () => {
  const unit = unitAt();
  unit.snapshotNext[1] = 7n;
  unit.rewind({ topic: 't', offsets: [12n, 12n], replayed: 0n, offset: 5n }, { floor: 0n, relation: '' });
  expect(unit.progress()?.offsets).toEqual([10n, 7n]);
  unit.rewind({ topic: 't', offsets: [3n, 12n], replayed: 0n, offset: 6n }, { floor: 0n, relation: '' });
  expect(unit.progress()?.offsets).toEqual([3n, 7n]);
});

test('knows a build whose rows were put aside after the stream had come to it and gone back', () => {
  const unit = unitAt();
  const at = mark(1n, [10n, 10n]);
  const named = { ...at, watermark: { ...at.watermark, shapes: { t: { relation: 'built', number: 2 } } } };
  unit.begin('built');
  unit.begin('older');
  expect(unit.parkedBuild(named)).toBeNull();
  unit.park('given up', 0, 4n);
  unit.park('built', 0, 5n);
  expect(unit.parkedBuild(at)).toBeNull();
  expect(unit.parkedBuild(named)).toBe('built');
  unit.begin('built');
  expect(unit.parkedBuild(named)).toBeNull();
});

test('carries out exchanges one after the other, each once', () => {
  const unit = unitAt();
  const exchange = { table: 'public.t', relation: 'r', build: { id: 'b', keepsOld: true }, fromLsn: 0n };
  const [first, second] = [3n, 6n].map((offset) => ({ ...mark(offset, []), exchange }));
  for (const each of [first, second, first]) if (each !== undefined) unit.noteExchange(each);
  expect(unit.exchange).toBe(first);
  if (first !== undefined) unit.endExchange(first);
  expect(unit.exchange).toBe(second);
  if (first !== undefined) unit.noteExchange(first);
  if (second !== undefined) unit.endExchange(second);
  expect(unit.exchange).toBeNull();
  expect(unit.exchanged).toBe(6n);
});
