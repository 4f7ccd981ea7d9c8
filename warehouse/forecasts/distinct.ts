/** The values that a column has, and for each of its rows which of them it is. */
export function distinct(column: Float64Array): { readonly values: readonly number[]; readonly index: Uint32Array } {
  const known = new Map<number, number>();
  const index = new Uint32Array(column.length);
  for (let i = 0; i < column.length; i++) {
    const value = column[i] as number;
    let at = known.get(value);
    if (at === undefined) {
      at = known.size;
      known.set(value, at);
    }
    index[i] = at;
  }
  return { values: [...known.keys()], index };
}
