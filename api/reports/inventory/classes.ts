export const ABC = ['A', 'B', 'C'] as const;
export type Abc = (typeof ABC)[number];
export const XYZ = ['X', 'Y', 'Z'] as const;
export type Xyz = (typeof XYZ)[number];

export const STATUSES = ['ok', 'reorder', 'out_of_stock', 'dead', 'idle'] as const;
export type StockStatus = (typeof STATUSES)[number];

/** Shares of a million, so that a cut-off of 0.8 is compared exactly. */
const MILLION = 1_000_000n;

/**
 * By value of demand, the largest first: A until the items before it have `a` of all value, B until they have `b`, C the rest and
 * what has none. Of equal values the earlier comes first.
 */
export function abcClasses(values: readonly bigint[], cutOffs: { a: number; b: number }): readonly Abc[] {
  const [a, b] = [cutOffs.a, cutOffs.b].map((share) => BigInt(Math.round(share * Number(MILLION)))) as [bigint, bigint];
  const total = values.reduce((sum, value) => sum + value, 0n);
  const classes = values.map((): Abc => 'C');
  let before = 0n;
  const ranked = [...values.entries()].sort(([, left], [, right]) => (left < right ? 1 : left > right ? -1 : 0));
  for (const [index, value] of ranked) {
    if (value <= 0n) break;
    if (before * MILLION < a * total) classes[index] = 'A';
    else if (before * MILLION < b * total) classes[index] = 'B';
    before += value;
  }
  return classes;
}

/** By coefficient of variation: up to `x`, up to `y`, more. Null where there is none. */
export function xyzClass(variation: number | null, cutOffs: { x: number; y: number }): Xyz | null {
  if (variation === null) return null;
  return variation <= cutOffs.x ? 'X' : variation <= cutOffs.y ? 'Y' : 'Z';
}

/**
 * `dead`: there is stock and nothing of it was sold for so many days; `idle`: the same without stock. Days count from the last sale,
 * or from the first movement of what was never sold, so that what is new is neither; what never moved at all is.
 */
export function stockStatus(item: {
  onHand: number;
  available: number;
  idleDays: number | null;
  deadAfterDays: number;
  reorderPoint: number | null;
}): StockStatus {
  if (item.idleDays === null || item.idleDays >= item.deadAfterDays) return item.onHand > 0 ? 'dead' : 'idle';
  if (item.available <= 0) return 'out_of_stock';
  return item.reorderPoint !== null && item.available <= item.reorderPoint ? 'reorder' : 'ok';
}
