import type { Published } from '../../warehouse/published/published.ts';
import { type Parameter, quoteShort, readMoment } from '../parameters/parameter.ts';

/** What an answer has to contain. */
export type MinimumState =
  /** A state that was published, or a later one. */
  | { readonly watermark: bigint }
  /** Everything that was committed up to a moment (Unix milliseconds), in all sources. */
  | { readonly atMs: number }
  /** A commit of a source. */
  | { readonly source: string; readonly lsn: string };

const MAX_CONDITIONS = 50;
const POSITION = /^([^\s:,]{1,100}):([0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8})$/;

/** Several, comma-separated or repeated; none when absent. */
export const MIN_AS_OF: Parameter<readonly MinimumState[]> = {
  description:
    'Waits until the data contains this: a commit, as `source:LSN` (what `pg_current_wal_lsn()` gives after it; several may be given), ' +
    'a watermark, or everything that was committed up to a moment. Not together with `as_of`.',
  repeatable: true,
  allowed: `source:LSN (order:0/1A2B3C8), a watermark, or a moment in ISO 8601 with its zone; up to ${MAX_CONDITIONS}`,
  schema: {
    type: 'array',
    maxItems: MAX_CONDITIONS,
    items: {
      type: 'string',
      anyOf: [
        { pattern: '^[^\\s:,]{1,100}:[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}$' },
        { pattern: '^[0-9]{1,18}$' },
        { format: 'date-time' },
      ],
    },
    examples: [['order:0/1A2B3C8', 'payment:0/9F00']],
  },
  fallback: [],
  read(texts) {
    const given = texts.flatMap((text) => text.split(','));
    if (given.length > MAX_CONDITIONS) return { refused: `${given.length} are too many` };
    const conditions: MinimumState[] = [];
    for (const text of given) {
      const condition = readCondition(text.trim());
      if (condition === null) return { refused: `${quoteShort(text)} is none of them` };
      conditions.push(condition);
    }
    return conditions;
  },
};

function readCondition(text: string): MinimumState | null {
  if (/^\d{1,18}$/.test(text)) return { watermark: BigInt(text) };
  const [, source, lsn] = POSITION.exec(text) ?? [];
  if (source !== undefined && lsn !== undefined) return { source, lsn: lsn.toUpperCase() };
  const atMs = readMoment(text);
  return atMs === null ? null : { atMs };
}

/** What a state lacks, in words; nothing when it contains everything. */
export function missingIn(state: Published, conditions: readonly MinimumState[], nowMs: number): readonly string[] {
  return conditions.flatMap((condition) => {
    if ('watermark' in condition) {
      const isThere = BigInt(state.watermark) >= condition.watermark;
      return isThere ? [] : [`watermark ${condition.watermark} is wanted, ${state.watermark} is published`];
    }
    if ('atMs' in condition) {
      const containedMs = nowMs - state.lagSeconds * 1000;
      if (containedMs >= condition.atMs) return [];
      return [`${isoText(condition.atMs)} is wanted, everything up to ${isoText(containedMs)} is published`];
    }
    const lsn = state.asOf[condition.source]?.lsn ?? '0/0';
    const isThere = lsnNumber(lsn) >= lsnNumber(condition.lsn);
    return isThere ? [] : [`${condition.source} is wanted up to ${condition.lsn}, published is ${lsn}`];
  });
}

/** Sources that are waited for although no state has them. */
export function unknownSources(state: Published, conditions: readonly MinimumState[]): readonly string[] {
  return conditions.flatMap((condition) =>
    'source' in condition && state.asOf[condition.source] === undefined ? [condition.source] : [],
  );
}

function isoText(ms: number): string {
  return new Date(ms).toISOString();
}

/** `16/B374D848` as a number. */
function lsnNumber(text: string): bigint {
  const [high = '0', low = '0'] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}
