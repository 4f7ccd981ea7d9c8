import { expect, test } from 'vitest';
import type { Mark } from '../mark.ts';
import type { Watermark } from '../watermark.ts';
import { laggardOf } from './reached-mark.ts';

function mark(options: {
  offsets: Record<string, bigint[]>;
  snapshotOffsets?: Record<string, bigint[]>;
  shapes?: Watermark['shapes'];
  through?: bigint;
  exchange?: string;
  offset?: bigint;
}): Mark {
  const { offsets, snapshotOffsets = {}, shapes = {}, through = 50n, exchange, offset = 10n } = options;
  return {
    watermark: { source: 's', epoch: 1, position: null, through, offsets, snapshotOffsets, shapes, state: null },
    exchange:
      exchange === undefined
        ? null
        : { table: exchange, relation: 'r', build: { id: 'b', keepsOld: true }, fromLsn: 0n },
    offset,
    trace: null,
  };
}

function progress(
  ...topics: {
    topic: string;
    through?: bigint;
    offsets: bigint[];
    read?: bigint[];
    exchanged?: bigint;
    rewound?: bigint;
    shaped?: number;
  }[]
) {
  return new Map(
    topics.map(({ topic, through = -1n, offsets, read = offsets, exchanged = -1n, rewound = -1n, shaped = 0 }) => [
      topic,
      { topic, table: `public.${topic}`, through, offsets, read, exchanged, rewound, shaped },
    ]),
  );
}

const isTable = (topic: string): boolean => topic !== 'transaction';

test('names the partition that is not loaded so far', () => {
  const wanted = mark({ offsets: { a: [3n, 4n], b: [0n, 7n] } });
  const loaded = progress({ topic: 'a', offsets: [3n, 9n] }, { topic: 'b', offsets: [0n, 6n] });
  expect(laggardOf(wanted, { exchanges: [], rewinds: [], progress: loaded, isTable })).toEqual({
    topic: 'b',
    partition: 1,
    loaded: 6n,
    wanted: 7n,
  });
  expect(laggardOf(wanted, { exchanges: [], rewinds: [], progress: progress(), isTable })).toMatchObject({
    topic: 'a',
    loaded: 0n,
  });
});

test('is reached by offsets, or by version where later rows are held', () => {
  const wanted = mark({ offsets: { a: [3n], transaction: [99n] } });
  const reached = (topic: Parameters<typeof progress>[0]) =>
    laggardOf(wanted, { exchanges: [], rewinds: [], progress: progress(topic), isTable });
  expect(reached({ topic: 'a', offsets: [3n] })).toBeNull();
  expect(reached({ topic: 'a', offsets: [2n], through: 50n })).toBeNull();
  expect(reached({ topic: 'a', offsets: [2n], through: 49n })).not.toBeNull();
});

test('a version says nothing of the rows of a snapshot', () => {
  const wanted = mark({ offsets: { a: [9n] }, snapshotOffsets: { a: [5n] } });
  const reached = (offset: bigint) =>
    laggardOf(wanted, {
      exchanges: [],
      rewinds: [],
      progress: progress({ topic: 'a', offsets: [offset], through: 50n }),
      isTable,
    });
  expect(reached(4n)).toMatchObject({ topic: 'a', wanted: 5n });
  expect(reached(5n)).toBeNull();
});

test('waits for an exchange that is due before it, not for a later one', () => {
  const wanted = mark({ offsets: { a: [1n] }, offset: 10n });
  const due = (offset: bigint, exchanged: bigint) =>
    laggardOf(wanted, {
      rewinds: [],
      exchanges: [mark({ offsets: {}, exchange: 'public.a', offset })],
      progress: progress({ topic: 'a', offsets: [1n], exchanged }),
      isTable,
    });
  expect(due(9n, 3n)).toEqual({ topic: 'a', partition: -1, loaded: 3n, wanted: 9n });
  expect(due(9n, 9n)).toBeNull();
  expect(due(11n, 3n)).toBeNull();
});

test('waits for a topic that is to be loaded again before it', () => {
  const wanted = mark({ offsets: { a: [5n] }, offset: 10n });
  const due = (offset: bigint, rewound: bigint) =>
    laggardOf(wanted, {
      exchanges: [],
      rewinds: [{ topic: 'a', offsets: [0n], replayed: 0n, offset }],
      progress: progress({ topic: 'a', offsets: [5n], rewound }),
      isTable,
    });
  expect(due(9n, -1n)).toEqual({ topic: 'a', partition: -1, loaded: -1n, wanted: 9n });
  expect(due(9n, 9n)).toBeNull();
  expect(due(11n, -1n)).toBeNull();
});

test('waits for a shape that came without a row', () => {
  const wanted = mark({ offsets: { a: [0n] }, shapes: { a: { relation: 'r', number: 2 } } });
  const due = (shaped: number) =>
    laggardOf(wanted, {
      exchanges: [],
      rewinds: [],
      progress: progress({ topic: 'a', offsets: [0n], shaped }),
      isTable,
    });
  expect(due(1)).toEqual({ topic: 'a', partition: -1, loaded: 1n, wanted: 2n });
  expect(due(2)).toBeNull();
  expect(due(3)).toBeNull();
});

test('names the partition that was not read, not those whose changes wait for it', () => {
  const wanted = mark({ offsets: { a: [9n, 9n, 9n] } });
  const due = (read: bigint[]) =>
    laggardOf(wanted, {
      exchanges: [],
      rewinds: [],
      progress: progress({ topic: 'a', offsets: [4n, 4n, 4n], read }),
      isTable,
    })?.partition;
  expect(due([9n, 4n, 9n])).toBe(1);
  expect(due([9n, 9n, 9n])).toBe(0);
});
