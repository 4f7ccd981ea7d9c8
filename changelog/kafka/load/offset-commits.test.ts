import { expect, test } from 'vitest';
import { createLogger } from '../../../runtime/logger.ts';
import type { StoredProgress } from './loader-warehouse.ts';
import { createOffsetCommits } from './offset-commits.ts';

const logger = createLogger({ name: 'test', level: 'silent' });

function progress(topic: string, offset: bigint): StoredProgress {
  return { topic, offsets: [offset] } as unknown as StoredProgress;
}

test('tells again what the brokers did not take while topics were shared out, for those that it still has', async () => {
  const mine = new Set(['kept', 'gone']);
  const told: [string, bigint][][] = [];
  const ending = new AbortController();
  const commits = createOffsetCommits({
    group: {
      async commit(offsets) {
        told.push([...offsets].map(([topic, [offset]]) => [topic, offset as bigint]));
        if (told.length > 1) {
          ending.abort();
          return true;
        }
        mine.delete('gone');
        return false;
      },
    },
    has: (topic) => mine.has(topic),
    logger,
  });
  commits.note([progress('kept', 7n), progress('gone', 9n)]);
  await commits.run(ending.signal);
  expect(told).toEqual([
    [
      ['kept', 7n],
      ['gone', 9n],
    ],
    [['kept', 7n]],
  ]);
});
