import { expect, test } from 'vitest';
import { readBatches } from '../records/record-batch-reader.ts';
import { PartitionQueue } from './partition-queue.ts';

const MAX_BATCH_BYTES = 1_000;

function createQueue(): PartitionQueue {
  return new PartitionQueue({ topic: 't', partition: 0, maxBatchBytes: MAX_BATCH_BYTES, reachedOffset: 0n });
}

function put(queue: PartitionQueue, value: string, { isSnapshot = false, leastBytes = 0 } = {}): number {
  const out = queue.open(Buffer.from('key'), 3, leastBytes);
  out.append(Buffer.from(value));
  queue.endValue(false);
  out.byte(0);
  return queue.close(isSnapshot);
}

async function taken(queue: PartitionQueue): Promise<{ values: string[]; snapshotCount: number; bytes: number }[]> {
  const found = [];
  queue.flush();
  for (let batch = queue.take(); batch !== undefined; batch = queue.take()) {
    const { bytes, snapshotCount } = batch;
    const { messages } = await readBatches(await batch.seal('none'), 0n, []);
    found.push({ values: messages.map(({ value }) => value?.toString() ?? ''), snapshotCount, bytes });
  }
  return found;
}

test('a record that would make a batch too large begins the next one', async () => {
  const queue = createQueue();
  const values = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(300));
  for (const value of values) expect(put(queue, value)).toBe(3 + 300 + 1);
  expect(queue.hasFull()).toBe(true);
  expect(queue.added).toBe(5);
  const batches = await taken(queue);
  expect(batches.map((each) => each.values)).toEqual([values.slice(0, 3), values.slice(3)]);
  for (const { bytes } of batches) expect(bytes).toBeLessThanOrEqual(MAX_BATCH_BYTES);
  expect(await taken(queue)).toEqual([]);
});

test.each([0, 5_000])(
  'a record that is larger than a batch goes alone when %i bytes of it were announced',
  async (leastBytes) => {
    const queue = createQueue();
    const large = 'x'.repeat(5_000);
    put(queue, 'before');
    put(queue, large, { leastBytes });
    put(queue, large, { leastBytes });
    put(queue, 'behind');
    expect((await taken(queue)).map((each) => each.values)).toEqual([['before'], [large], [large], ['behind']]);
  },
);

test('counts rows of a snapshot in the batch in which they are', async () => {
  const queue = createQueue();
  put(queue, 'a'.repeat(400), { isSnapshot: true });
  put(queue, 'b'.repeat(400));
  put(queue, 'c'.repeat(400), { isSnapshot: true });
  put(queue, 'd');
  expect((await taken(queue)).map(({ values, snapshotCount }) => [values.length, snapshotCount])).toEqual([
    [2, 1],
    [2, 1],
  ]);
});

test('sends nothing of a message that was never completed', async () => {
  const queue = createQueue();
  queue.open(Buffer.from('key'), 3, 0).append(Buffer.from('half'));
  expect(queue.flush()).toBe(false);
  put(queue, 'whole');
  queue.open(Buffer.from('key'), 3, 0);
  expect((await taken(queue)).map(({ values }) => values)).toEqual([['whole']]);
});
