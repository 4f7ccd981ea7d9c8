/** Keys up to this are places in an array; more are looked up. */
const MAX_PLACES = 2 ** 18;
/** Sums of doubles stay exact below it, whatever one value adds (`MAX_UNITS`); what passes it is put aside. */
const MAX_EXACT = 2 ** 52;

export interface Group {
  readonly index: number;
  readonly key: number;
}

/** Exact sums of units by group. */
export interface Sums {
  /** Precondition: every value is a whole number of at most `MAX_UNITS`. */
  add(key: number, row: number): void;
  of(name: string, group: number): bigint;
  groups(): readonly Group[];
}

/** Keys are below `below`. */
export function createSums(columns: ReadonlyMap<string, Float64Array>, below: number): Sums {
  const places = new Int32Array(Math.min(below, MAX_PLACES));
  const others = new Map<number, number>();
  const keys: number[] = [];
  const sums = [...columns].map(([name, units]) => ({
    name,
    units,
    totals: [] as number[],
    aside: new Map<number, bigint>(),
  }));

  function groupOf(key: number): number {
    const known = key < MAX_PLACES ? (places[key] as number) : (others.get(key) ?? 0);
    if (known > 0) return known - 1;
    const group = keys.push(key) - 1;
    if (key < MAX_PLACES) places[key] = group + 1;
    else others.set(key, group + 1);
    for (const { totals } of sums) totals.push(0);
    return group;
  }

  return {
    add(key, row) {
      const group = groupOf(key);
      for (let i = 0; i < sums.length; i++) {
        const { units, totals, aside } = sums[i] as (typeof sums)[number];
        const total = (totals[group] as number) + (units[row] as number);
        totals[group] = total;
        if (total < MAX_EXACT && total > -MAX_EXACT) continue;
        aside.set(group, (aside.get(group) ?? 0n) + BigInt(total));
        totals[group] = 0;
      }
    },
    of(name, group) {
      const sum = sums.find((each) => each.name === name);
      if (sum === undefined) throw new Error(`${name} is not summed up`);
      return BigInt(sum.totals[group] ?? 0) + (sum.aside.get(group) ?? 0n);
    },
    groups: () => keys.map((key, index) => ({ index, key })),
  };
}
