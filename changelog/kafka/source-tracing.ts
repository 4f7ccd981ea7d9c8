import type { TraceSpan, Tracing } from '../../runtime/tracing/tracing.ts';
import type { Position } from '../destination.ts';
import { formatLsn } from '../lsn.ts';
import type { Mark } from './mark.ts';

/**
 * One trace for each watermark with transactions: `publish`, from the first of their commits in the source until the brokers
 * have all of them and the watermark; then `load`, from when a loader has read that until the position stands in the warehouse.
 * A message each would be ten times as much to send as the rows.
 */
export interface SourceTracing {
  /** Null where no transaction was handed over. */
  publishing(point: {
    readonly position: Position | null;
    readonly firstCommittedAtMicros: bigint | null;
  }): TraceSpan | null;
  /** `marks`: those that are reached with it, the newest last. Null when none of them is of a trace. */
  loading(marks: readonly Mark[]): TraceSpan | null;
}

export function createSourceTracing(tracing: Tracing, source: string): SourceTracing {
  return {
    publishing({ position, firstCommittedAtMicros }) {
      if (position === null || firstCommittedAtMicros === null) return null;
      const attributes = { 'millrace.source': source, 'millrace.lsn': formatLsn(position.lsn) };
      const startMs = Number(firstCommittedAtMicros / 1000n);
      const span = tracing.begin('publish', { kind: 'producer', startMs, attributes });
      span.event('captured');
      return span;
    },
    loading(marks) {
      const traced = marks.flatMap(({ trace, watermark }) => (trace === null ? [] : [{ ...trace, watermark }]));
      const newest = traced.at(-1);
      if (newest === undefined) return null;
      const lsn = newest.watermark.position?.lsn ?? 0n;
      return tracing.begin('load', {
        kind: 'consumer',
        startMs: newest.seenAtMs,
        parent: newest.traceparent,
        links: traced.slice(0, -1).map(({ traceparent }) => traceparent),
        attributes: { 'millrace.source': source, 'millrace.lsn': formatLsn(lsn) },
      });
    },
  };
}
