import { type JsonText, numberToken } from '../../http/exact-json.ts';
import { decimalText, divided, unitsOf } from '../decimal.ts';
import type { BreakdownColumn, BreakdownMeasure } from './breakdown.ts';

/** Places of rates. */
const RATE_SCALE = 4;

/** A whole number that is a column. */
export function count(column: string, description: string): BreakdownMeasure {
  return {
    of: [column],
    schema: { type: 'integer', description },
    text: (row) => numberToken(row[column] ?? null),
  };
}

/** An amount that is a column. */
export function amount(column: string, description: string): BreakdownMeasure {
  return {
    of: [column],
    schema: { type: 'number', description: `${description}; exact decimal, two places` },
    text: (row) => numberToken(row[column] ?? null),
  };
}

/** A number of milliseconds that is a column; null where nothing was measured. */
export function milliseconds(column: string, description: string): BreakdownMeasure {
  return {
    of: [column],
    schema: { type: ['integer', 'null'], description: `${description}, milliseconds` },
    text: (row) => numberToken(row[column] ?? null),
  };
}

/** One column divided by another, rounded half away from zero; null where there is nothing to divide by. */
export function ratio(options: { of: string; by: string; scale?: number; description: string }): BreakdownMeasure {
  const { of, by, scale = RATE_SCALE, description } = options;
  return {
    of: [of, by],
    schema: {
      type: ['number', 'null'],
      description: `${description}; ${scale === 0 ? 'rounded' : `${scale} places`}, null where there is nothing to divide by`,
    },
    text: (row) => quotientText(unitsOf(row[of] ?? '0', 2), unitsOf(row[by] ?? '0', 2), scale),
  };
}

/** What a row has of a column's sum over all rows of its period. */
export function shareOfPeriod(column: string, description: string): BreakdownMeasure {
  return {
    of: [column],
    schema: {
      type: ['number', 'null'],
      description: `${description}, of all rows of the period; ${RATE_SCALE} places, null where that is 0`,
    },
    text: (row, total) => quotientText(unitsOf(row[column] ?? '0', 0), total(column), RATE_SCALE),
  };
}

/** Both in the same units. */
function quotientText(dividend: bigint, divisor: bigint, scale: number): JsonText {
  return divisor === 0n ? 'null' : decimalText(divided(dividend * 10n ** BigInt(scale), divisor), scale);
}

const PERCENTILES = { p50: 0.5, p90: 0.9, p99: 0.99 } as const;

/**
 * Columns for percentiles of milliseconds over facts: interpolated between the two nearest values as `percentile_cont` does, to
 * the whole millisecond, half away from zero. A half may be a little less as a double, hence .0001.
 */
export function percentileColumns(name: string, value: string, condition: string): Record<string, BreakdownColumn> {
  return Object.fromEntries(
    Object.entries(PERCENTILES).map(([percentile, level]) => {
      const interpolated = `quantileExactInclusiveIf(${level})(assumeNotNull(${value}), ${condition})`;
      const rounded = `toInt64(sign(${interpolated}) * floor(abs(${interpolated}) + 0.5001))`;
      return [`${percentile}_${name}`, { facts: `if(countIf(${condition}) = 0, null, toString(${rounded}))` }];
    }),
  );
}

export function percentiles(name: string, description: string): Record<string, BreakdownMeasure> {
  return Object.fromEntries(
    Object.entries(PERCENTILES).map(([percentile, level]) => [
      `${percentile}_${name}`,
      milliseconds(`${percentile}_${name}`, `${description}: ${level * 100} % are not longer, interpolated`),
    ]),
  );
}
