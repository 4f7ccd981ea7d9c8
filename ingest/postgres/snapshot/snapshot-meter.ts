import type { BusyReason } from './snapshot-throttle.ts';

/** Rates are those of the last minute, so that they follow a source that gets slower or faster. */
const WINDOW_MS = 60_000;

/** What a table's copy amounts to; blocks are its size, of which the durable ones are done. */
export interface CopyAmount {
  /** Rows and bytes of COPY text that are durable, those of earlier runs included. */
  readonly rows: number;
  readonly bytes: number;
  readonly doneBlocks: number;
  readonly blocks: number;
}

export interface CopyRate {
  readonly rowsPerSecond: number;
  readonly bytesPerSecond: number;
  /** At the present rate; null while nothing is known about it. */
  readonly secondsLeft: number | null;
}

interface Sample extends CopyAmount {
  readonly atMs: number;
}

/** Counts what a source's snapshot has copied. Times are milliseconds of any steady clock. */
export class SnapshotMeter {
  /** Rows made durable by this process. */
  rows = 0;
  /** Bytes of COPY text likewise. */
  bytes = 0;
  /** Why the snapshot steps back at this moment. */
  busy: BusyReason | null = null;
  /** By table: what is known, oldest first. Complete tables keep their last amount. */
  readonly #samples = new Map<string, Sample[]>();
  readonly #running = new Set<string>();

  /** A table is about to be copied, or its copy goes on. */
  begin(table: string, amount: CopyAmount, atMs: number): void {
    this.#samples.set(table, [{ ...amount, atMs }]);
    this.#running.add(table);
  }

  /** A chunk of a table that was begun is durable. */
  add(table: string, chunk: { rows: number; bytes: number; blocks: number }, atMs: number): void {
    const samples = this.#samples.get(table);
    const last = samples?.at(-1);
    if (samples === undefined || last === undefined) return;
    this.rows += chunk.rows;
    this.bytes += chunk.bytes;
    samples.push({
      atMs,
      rows: last.rows + chunk.rows,
      bytes: last.bytes + chunk.bytes,
      doneBlocks: last.doneBlocks + chunk.blocks,
      blocks: last.blocks,
    });
    forgetBefore(samples, atMs - WINDOW_MS);
  }

  /** The table is complete, or is not copied any more. */
  end(table: string): void {
    this.#running.delete(table);
  }

  amount(table: string): CopyAmount | null {
    return this.#samples.get(table)?.at(-1) ?? null;
  }

  /** Null for a table that is not being copied. */
  rate(table: string, nowMs: number): CopyRate | null {
    const samples = this.#samples.get(table);
    return samples === undefined || !this.#running.has(table) ? null : rateOf(samples, nowMs);
  }

  /** All tables that are being copied, together; null when there is none. */
  total(nowMs: number): (CopyAmount & CopyRate & { readonly tables: number }) | null {
    if (this.#running.size === 0) return null;
    const total = { tables: 0, rows: 0, bytes: 0, doneBlocks: 0, blocks: 0, rowsPerSecond: 0, bytesPerSecond: 0 };
    let blocksPerSecond = 0;
    for (const table of this.#running) {
      const samples = this.#samples.get(table);
      const last = samples?.at(-1);
      if (samples === undefined || last === undefined) continue;
      const rate = rateOf(samples, nowMs);
      total.tables++;
      total.rows += last.rows;
      total.bytes += last.bytes;
      total.doneBlocks += last.doneBlocks;
      total.blocks += last.blocks;
      total.rowsPerSecond += rate.rowsPerSecond;
      total.bytesPerSecond += rate.bytesPerSecond;
      blocksPerSecond += rate.blocksPerSecond;
    }
    return { ...total, secondsLeft: secondsLeft(total, blocksPerSecond) };
  }
}

/** Keeps one sample from before the window: the rate is measured from there. */
function forgetBefore(samples: Sample[], fromMs: number): void {
  let old = 0;
  while (old + 1 < samples.length && (samples[old + 1] as Sample).atMs <= fromMs) old++;
  if (old > 0) samples.splice(0, old);
}

function rateOf(samples: readonly Sample[], nowMs: number): CopyRate & { blocksPerSecond: number } {
  const first = samples[0] as Sample;
  const last = samples.at(-1) as Sample;
  const seconds = (nowMs - first.atMs) / 1000;
  const perSecond = (amount: number): number => (seconds > 0 ? amount / seconds : 0);
  const blocksPerSecond = perSecond(last.doneBlocks - first.doneBlocks);
  return {
    rowsPerSecond: perSecond(last.rows - first.rows),
    bytesPerSecond: perSecond(last.bytes - first.bytes),
    blocksPerSecond,
    secondsLeft: secondsLeft(last, blocksPerSecond),
  };
}

function secondsLeft(amount: Pick<CopyAmount, 'blocks' | 'doneBlocks'>, blocksPerSecond: number): number | null {
  const left = amount.blocks - amount.doneBlocks;
  if (left <= 0) return 0;
  return blocksPerSecond > 0 ? left / blocksPerSecond : null;
}
