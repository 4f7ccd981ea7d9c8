import type { ClickHouseClient } from '@clickhouse/client';
import { type Published, readPublished } from '../warehouse/published/published.ts';

export interface PublishedWatermark {
  /** Null while nothing was published. */
  read(): Promise<Published | null>;
  close(): void;
}

/** How long a watermark is taken for the newest when nobody said otherwise. */
const MAX_AGE_MS = 250;

/**
 * The newest watermark. Without `changed` every request reads it. With it (an event `published` whenever there is a new
 * one) requests share one reading until the event or a quarter of a second, whichever comes first.
 */
export function createPublishedWatermark(client: ClickHouseClient, changed?: EventTarget): PublishedWatermark {
  if (changed === undefined) return { read: () => readPublished(client), close: () => {} };
  let shared: { readonly atMs: number; readonly reading: Promise<Published | null> } | undefined;
  const forget = (): void => {
    shared = undefined;
  };
  changed.addEventListener('published', forget);
  return {
    async read() {
      const nowMs = performance.now();
      if (shared === undefined || nowMs - shared.atMs > MAX_AGE_MS) {
        const reading = readPublished(client);
        const own = { atMs: nowMs, reading };
        shared = own;
        reading.catch(() => {
          if (shared === own) shared = undefined;
        });
      }
      const { atMs, reading } = shared;
      const published = await reading;
      if (published === null) return null;
      return { ...published, lagSeconds: published.lagSeconds + Math.max(0, performance.now() - atMs) / 1000 };
    },
    close: () => changed.removeEventListener('published', forget),
  };
}
