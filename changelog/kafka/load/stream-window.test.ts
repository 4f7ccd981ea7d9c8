import { expect, test } from 'vitest';
import { packVersion } from '../../version.ts';
import type { FetchedMessage } from '../client/kafka-client.ts';
import { HEADER } from '../publish/record-writer.ts';
import { createStreamWindow } from './stream-window.ts';

function message(commitLsn: bigint, ordinal: number, more: Record<string, string> = {}, value: string | null = '{}') {
  const version = Buffer.alloc(16);
  version.writeUInt32BE(1, 0);
  version.writeBigUInt64BE(commitLsn, 4);
  version.writeUInt32BE(ordinal, 12);
  const texts = { [HEADER.relation]: 'r', ...more };
  const headers = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)]));
  const fetched: FetchedMessage = {
    offset: 0n,
    timestampMs: 0,
    key: null,
    value: value === null ? null : Buffer.from(value),
    headers: { ...headers, [HEADER.version]: version },
  };
  return { topic: 't', message: fetched };
}

const at = (commitLsn: bigint, ordinal: number): bigint => packVersion({ epoch: 1, commitLsn, ordinal });

test('puts changes of all partitions in the order of their versions, each once', () => {
  const window = createStreamWindow();
  for (const [lsn, ordinal] of [
    [20n, 1],
    [10n, 2],
    [20n, 2],
    [10n, 1],
    [20n, 1],
    [5n, 1],
  ] as const) {
    window.add(message(lsn, ordinal));
  }
  const taken = window.take(at(5n, 1), at(20n, 1));
  expect(taken.map(({ packed }) => packed)).toEqual([at(10n, 1), at(10n, 2), at(20n, 1)]);
  // What is past the watermark waits for the next one.
  expect(window.take(at(20n, 1), at(30n, 1)).map(({ packed }) => packed)).toEqual([at(20n, 2)]);
  expect(window.take(at(20n, 1), at(30n, 1))).toEqual([]);
});

test('keeps a truncate of several tables, which has one version', () => {
  const window = createStreamWindow();
  window.add(message(10n, 1, { [HEADER.relation]: 'a' }));
  window.add(message(10n, 1, { [HEADER.relation]: 'b' }));
  window.add(message(10n, 1, { [HEADER.relation]: 'a' }));
  expect(window.take(0n, at(10n, 9)).map(({ relationId }) => relationId)).toEqual(['a', 'b']);
});

test('leaves out tombstones, rows of the snapshot and the first half of a changed key', () => {
  const window = createStreamWindow();
  window.add(message(10n, 1, {}, null));
  window.add(message(10n, 0));
  window.add(message(10n, 2, { [HEADER.newKey]: '{}' }));
  window.add(message(10n, 2, { [HEADER.oldKey]: '{}' }));
  const taken = window.take(0n, at(10n, 9));
  expect(taken.map(({ message }) => message.headers[HEADER.oldKey] !== undefined)).toEqual([true]);
});
