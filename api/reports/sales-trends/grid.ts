import type { TextRow } from '../../warehouse-reader.ts';
import { type MeasureTexts, measureTexts, NO_MEASURES } from '../measures.ts';
import type { DimensionField } from './dimension.ts';

/** A dimension value: its fields as texts. */
export type Member = readonly string[];

/** Cells by period and dimension value. */
export interface Cells {
  readonly members: ReadonlyMap<string, Member>;
  /** Keys of the members that occur in a period, with their measures. */
  readonly periods: ReadonlyMap<number, ReadonlyMap<string, MeasureTexts>>;
}

/** Puts rows of several queries over the same cells together; a later row fills in what an earlier one lacks. */
export function cellsOf(fields: readonly DimensionField[], results: readonly (readonly TextRow[])[]): Cells {
  const members = new Map<string, Member>();
  const periods = new Map<number, Map<string, MeasureTexts>>();
  for (const row of results.flat()) {
    const member = fields.map((field) => row[`key_${field.name}`] ?? '');
    const key = memberKey(member);
    members.set(key, member);
    const period = Number(row.period_number);
    let cells = periods.get(period);
    if (cells === undefined) {
      cells = new Map();
      periods.set(period, cells);
    }
    cells.set(key, measureTexts(row, cells.get(key)));
  }
  return { members, periods };
}

function memberKey(member: Member): string {
  return member[0] ?? ''; // the first field identifies; the others describe
}

export interface GridRow {
  readonly period: number;
  readonly member: Member;
  readonly measures: MeasureTexts;
  readonly previous: MeasureTexts;
}

/**
 * Every period of the range for every member that occurs in it, in order of period and member; what did not happen is
 * zero. Without a dimension there is one member, which always occurs. `before` has the periods as a whole, for
 * `previous`.
 */
export function fillGrid(options: {
  first: number;
  last: number;
  fields: readonly DimensionField[];
  cells: Cells;
  before: Cells;
}): { readonly rows: number; iterate(): Generator<GridRow> } {
  const { first, last, fields, cells, before } = options;
  const members = fields.length === 0 ? new Map([['', []]]) : occurring(first, last, cells);
  const keys = [...members.keys()].sort(fields[0]?.kind === 'integer' ? compareIntegers : compareTexts);
  return {
    rows: (last - first + 1) * keys.length,
    *iterate() {
      for (let period = first; period <= last; period++) {
        const here = cells.periods.get(period);
        const earlier = before.periods.get(period - 1);
        for (const key of keys) {
          yield {
            period,
            member: members.get(key) ?? [],
            measures: here?.get(key) ?? NO_MEASURES,
            previous: earlier?.get(key) ?? NO_MEASURES,
          };
        }
      }
    },
  };
}

function occurring(first: number, last: number, cells: Cells): Map<string, Member> {
  const members = new Map<string, Member>();
  for (const [period, within] of cells.periods) {
    if (period < first || period > last) continue;
    for (const key of within.keys()) members.set(key, cells.members.get(key) ?? []);
  }
  return members;
}

function compareIntegers(left: string, right: string): number {
  const difference = BigInt(left) - BigInt(right);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** By code units: the same everywhere, whatever the locale. */
function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
