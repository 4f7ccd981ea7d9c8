import type { CubeCells } from './cells.ts';
import { createSums } from './sums.ts';

/** By what rows are put together: a text for each value of a dimension. */
export interface GroupKey {
  readonly dimension: string;
  /** Null is a value too. */
  readonly groupOf: (value: string) => string | null;
}

/** Which rows count. */
export interface Condition {
  readonly dimension: string;
  readonly holds: (value: string) => boolean;
}

export interface SummedGroups {
  /** The texts that each key has, by number. */
  readonly texts: readonly (readonly (string | null)[])[];
  /** Those that have rows, in no order. */
  readonly groups: readonly SummedGroup[];
}

export interface SummedGroup {
  /** By key: the number of its text. */
  readonly parts: readonly number[];
  /** Units of a measure's last place. */
  of(measure: string): bigint;
}

interface CodedKey {
  readonly codes: Int32Array;
  /** Number of the group's text, by number of the row's value. */
  readonly groups: Int32Array;
  readonly texts: readonly (string | null)[];
}

interface CodedCondition {
  readonly codes: Int32Array;
  /** 1 for values that hold. */
  readonly holds: Uint8Array;
}

/** Sums of the first `rows` of what is held, by the keys, in one pass; null where something is not held, or has too many combinations. */
export function sumGroups(of: {
  cells: CubeCells;
  rows: number;
  keys: readonly GroupKey[];
  conditions: readonly Condition[];
  measures: ReadonlySet<string>;
}): SummedGroups | null {
  const { cells, rows, measures } = of;
  if (
    !cells.holds(
      [...of.keys, ...of.conditions].map(({ dimension }) => dimension),
      [...measures],
    )
  )
    return null;
  const keys = of.keys.map((key) => codedKey(cells, key));
  const combinations = keys.reduce((product, { texts }) => product * Math.max(1, texts.length), 1);
  if (combinations > Number.MAX_SAFE_INTEGER) return null;
  const conditions = of.conditions.map(({ dimension, holds }): CodedCondition => {
    const { codes, values } = cells.dimension(dimension);
    return { codes, holds: Uint8Array.from(values, (value) => Number(holds(value))) };
  });
  const sums = createSums(new Map([...measures].map((name) => [name, cells.measure(name)])), combinations);
  next: for (let row = 0; row < rows; row++) {
    for (let i = 0; i < conditions.length; i++) {
      const { codes, holds } = conditions[i] as CodedCondition;
      if (holds[codes[row] as number] === 0) continue next;
    }
    let key = 0;
    for (let i = 0; i < keys.length; i++) {
      const { codes, groups, texts } = keys[i] as CodedKey;
      key = key * texts.length + (groups[codes[row] as number] as number);
    }
    sums.add(key, row);
  }
  return {
    texts: keys.map(({ texts }) => texts),
    groups: sums
      .groups()
      .map(({ index, key }) => ({ parts: partsOf(key, keys), of: (measure) => sums.of(measure, index) })),
  };
}

function codedKey(cells: CubeCells, { dimension, groupOf }: GroupKey): CodedKey {
  const { codes, values } = cells.dimension(dimension);
  const numbers = new Map<string | null, number>();
  const groups = Int32Array.from(values, (value) => {
    const text = groupOf(value);
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  });
  return { codes, groups, texts: [...numbers.keys()] };
}

/** The numbers of a key's texts. */
function partsOf(key: number, keys: readonly CodedKey[]): number[] {
  const parts: number[] = [];
  let left = key;
  for (const { texts } of keys.toReversed()) {
    parts.unshift(left % texts.length);
    left = Math.floor(left / texts.length);
  }
  return parts;
}
