import type { JsonText } from '../http/exact-json.ts';

/** A double as a JSON number of at most so many places; null for what is no number. */
export function statisticText(value: number | null, places: number): JsonText {
  if (value === null || !Number.isFinite(value)) return 'null';
  const text = Math.abs(value) < 1e21 ? value.toFixed(places) : BigInt(Math.round(value)).toString();
  const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return short === '-0' ? '0' : short;
}
