import type { ClickHouseClient } from '@clickhouse/client';
import { type Published, type PublishedState, readPublished } from '../warehouse/published/published.ts';

export interface PublishedWatermark {
  /** Null while nothing was published. */
  read(): Promise<Published | null>;
  /** What is known is overtaken: the next one is read from the warehouse. */
  forget(): void;
  close(): void;
}

/** How long what was read is taken for the newest when nobody said otherwise. */
const READ_AGE_MS = 250;
/** The same of what was told: somebody else may publish too, who tells us nothing. */
const TOLD_AGE_MS = 1_000;

/** The newest state that is known here, since `atMs` of the process's own clock. */
interface Known {
  readonly atMs: number;
  readonly maxAgeMs: number;
  readonly state: Promise<Published | null>;
}

/**
 * The newest watermark. Without `changed` every request reads it. With it, an event `published` brings each new one as
 * its `detail` (PublishedState), and only when none has come for a while is it read, once for all requests.
 */
export function createPublishedWatermark(client: ClickHouseClient, changed?: EventTarget): PublishedWatermark {
  if (changed === undefined) return { read: () => readPublished(client), forget: () => {}, close: () => {} };
  let known: Known | null = null;

  function onPublished(event: Event): void {
    const { caughtUpAtMs, ...state } = (event as CustomEvent<PublishedState>).detail;
    const lagSeconds = Math.max(0, Date.now() - caughtUpAtMs) / 1000;
    known = { atMs: performance.now(), maxAgeMs: TOLD_AGE_MS, state: Promise.resolve({ ...state, lagSeconds }) };
  }

  function readNow(): Known {
    const own: Known = { atMs: performance.now(), maxAgeMs: READ_AGE_MS, state: readPublished(client) };
    own.state.catch(() => {
      if (known === own) known = null;
    });
    known = own;
    return own;
  }

  changed.addEventListener('published', onPublished);
  return {
    async read() {
      const isFresh = known !== null && performance.now() - known.atMs <= known.maxAgeMs;
      const { atMs, state } = known !== null && isFresh ? known : readNow();
      const published = await state;
      if (published === null) return null;
      return { ...published, lagSeconds: published.lagSeconds + Math.max(0, performance.now() - atMs) / 1000 };
    },
    forget: () => {
      known = null;
    },
    close: () => changed.removeEventListener('published', onPublished),
  };
}
