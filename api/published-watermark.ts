import type { Published, PublishedState } from '../warehouse/published/published.ts';
import { createStateWaits } from './state-waits.ts';

export interface PublishedWatermark {
  /** Null while nothing was published. */
  read(): Promise<Published | null>;
  /** The first state from now on that is enough, or the newest one when the signal ends the wait; null while there is none. */
  until(isEnough: (state: Published) => boolean, signal: AbortSignal): Promise<Published | null>;
  /** What is known is overtaken: the next one is read from the warehouse. */
  forget(): void;
  close(): void;
}

export interface PublishedWatermarkOptions {
  /** The newest state that the warehouse has. */
  readonly readNow: () => Promise<Published | null>;
  /** Dispatches `published` with each new state as its `detail` (PublishedState). Left out: every request reads. */
  readonly changed?: EventTarget;
  /**
   * Gets ready what answers at a state are found from; until then the state before it is the newest that requests see. Null: there is
   * nothing to get ready.
   */
  readonly prepare?: (state: Published) => Promise<void> | null;
}

/** How long what was read is taken for the newest when nobody said otherwise. */
const READ_AGE_MS = 250;
/** The same of what was told: somebody else may publish too, who tells us nothing. */
const TOLD_AGE_MS = 1_000;
/** Meanwhile it is read, and requests need not wait for that; after this time they do. */
const STALE_MS = 2_000;
/** Requests see a new state after this time at the latest, ready or not. */
const PREPARE_MS = 300;

/** A state, and when its lag was what it says, by the process's own clock. */
interface Known {
  readonly state: Published | null;
  readonly atMs: number;
}

/**
 * The newest watermark. Without `changed` every request reads it. With it each new one is told, and only when none has come for a
 * while is it read, once for all requests.
 */
export function createPublishedWatermark(options: PublishedWatermarkOptions): PublishedWatermark {
  const { readNow, changed, prepare = () => null } = options;
  if (changed === undefined) {
    const waits = createStateWaits(readNow, READ_AGE_MS);
    return { read: readNow, until: waits.until, forget: () => {}, close: waits.close };
  }
  const waits = createStateWaits(read, TOLD_AGE_MS);
  let shown: Known | null = null;
  /** States in the order in which they were heard of: a later one is never followed by an earlier one. */
  let heard = 0;
  let shownOf = 0;
  let heardAtMs = Number.NEGATIVE_INFINITY;
  let freshMs = 0;
  let reading: Promise<Known> | null = null;

  async function take(known: Known, maxAgeMs: number): Promise<void> {
    const own = ++heard;
    heardAtMs = known.atMs;
    freshMs = maxAgeMs;
    const { state } = known;
    if (shown !== null && state !== null && state.watermark !== shown.state?.watermark) {
      const ready = prepare(state);
      if (ready !== null) await within(PREPARE_MS, ready);
    }
    if (own <= shownOf) return;
    shownOf = own;
    shown = known;
    waits.look();
  }

  function onPublished(event: Event): void {
    const { caughtUpAtMs, ...state } = (event as CustomEvent<PublishedState>).detail;
    const lagSeconds = Math.max(0, Date.now() - caughtUpAtMs) / 1000;
    void take({ state: { ...state, lagSeconds }, atMs: performance.now() }, TOLD_AGE_MS);
  }

  async function refresh(): Promise<Known> {
    const before = heard;
    const atMs = performance.now();
    const known = { state: await readNow(), atMs };
    // What was told meanwhile is newer.
    if (heard === before) await take(known, READ_AGE_MS);
    return known;
  }

  /** Once for all who need it. */
  function refreshed(): Promise<Known> {
    if (reading !== null) return reading;
    const own = refresh().finally(() => {
      if (reading === own) reading = null;
    });
    reading = own;
    return own;
  }

  async function read(): Promise<Published | null> {
    const ageMs = performance.now() - heardAtMs;
    let found: Known | null = null;
    if (shown === null || ageMs > STALE_MS) found = await refreshed();
    else if (ageMs > freshMs) refreshed().catch(() => {}); // whoever asks when it is too old is told
    // Nothing is shown where it was forgotten meanwhile.
    const { state, atMs } = shown ?? (found as Known);
    if (state === null) return null;
    return { ...state, lagSeconds: state.lagSeconds + Math.max(0, performance.now() - atMs) / 1000 };
  }

  changed.addEventListener('published', onPublished);
  return {
    read,
    until: waits.until,
    forget() {
      shownOf = ++heard;
      shown = null;
      reading = null;
    },
    close() {
      changed.removeEventListener('published', onPublished);
      waits.close();
    },
  };
}

/** Resolves when the work has ended, in whatever way, or its time is over. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => {}), late]);
  clearTimeout(timer);
}
