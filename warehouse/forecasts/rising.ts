/**
 * Sums of `term(k)` over k from 0 below n, by n up to `most`. Logarithms of gamma functions that are apart by a whole number are such
 * sums; as differences they lose their digits where parameters are large.
 */
export function sumsBelow(most: number, term: (k: number) => number): Float64Array {
  const sums = new Float64Array(most + 1);
  for (let k = 0; k < most; k++) sums[k + 1] = (sums[k] as number) + term(k);
  return sums;
}
