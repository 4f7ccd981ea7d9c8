import type { Mark, Rewind } from '../mark.ts';
import type { Laggard, TopicProgress } from './loader-warehouse.ts';

type Progress = Pick<
  TopicProgress,
  'topic' | 'table' | 'through' | 'offsets' | 'read' | 'exchanged' | 'rewound' | 'shaped'
>;

/**
 * What keeps a watermark from being reached, the first of it; null when everything that belongs to it is loaded. A topic
 * that is loaded through its last version, or up to its offsets, has nothing left of it.
 */
export function laggardOf(
  { watermark, offset }: Mark,
  options: {
    exchanges: readonly Mark[];
    rewinds: readonly Rewind[];
    progress: ReadonlyMap<string, Progress>;
    isTable: (topic: string) => boolean;
  },
): Laggard | null {
  const { exchanges, rewinds, progress, isTable } = options;
  for (const [topic, wanted] of Object.entries(watermark.offsets)) {
    if (!isTable(topic)) continue;
    const of = progress.get(topic);
    const isThrough = of !== undefined && of.through >= watermark.through;
    // Rows of a snapshot have no version of their own place.
    const ends = isThrough ? (watermark.snapshotOffsets[topic] ?? []) : wanted;
    const lagging = laggingPartition(ends, of);
    if (lagging !== null) return { topic, ...lagging };
  }
  for (const [topic, { number }] of Object.entries(watermark.shapes)) {
    const shaped = progress.get(topic)?.shaped ?? 0;
    if (shaped < number) return { topic, partition: -1, loaded: BigInt(shaped), wanted: BigInt(number) };
  }
  for (const { topic, offset: asked } of rewinds) {
    const loaded = progress.get(topic)?.rewound ?? -1n;
    if (asked <= offset && loaded < asked) return { topic, partition: -1, loaded, wanted: asked };
  }
  for (const mark of exchanges) {
    if (mark.exchange === null || mark.offset > offset) continue;
    const of = [...progress.values()].find(({ table }) => table === mark.exchange?.table);
    const loaded = of?.exchanged ?? -1n;
    if (loaded < mark.offset)
      return { topic: of?.topic ?? mark.exchange.table, partition: -1, loaded, wanted: mark.offset };
  }
  return null;
}

/** Of those that are not loaded one that was not read: what was read of the others waits for it. */
function laggingPartition(ends: readonly bigint[], of: Progress | undefined): Omit<Laggard, 'topic'> | null {
  let lagging: Omit<Laggard, 'topic'> | null = null;
  for (const [partition, wanted] of ends.entries()) {
    const loaded = of?.offsets[partition] ?? 0n;
    if (loaded >= wanted) continue;
    if ((of?.read[partition] ?? loaded) < wanted) return { partition, loaded, wanted };
    lagging ??= { partition, loaded, wanted };
  }
  return lagging;
}
