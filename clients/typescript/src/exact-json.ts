/**
 * A decimal as its text, digit by digit, or a number where it was written without a point: give it to a library for decimals, or to
 * `Number` where a rounded one will do.
 */
export type Decimal = string | number;

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

/** `JSON.parse` that makes no double of a decimal or of a large integer: those stay texts. Needs Node 21, Chrome 114, Safari 18.4. */
export function parseExactly<T>(text: string): T {
  const parse = JSON.parse as (text: string, reviver: Reviver) => T; // the third argument is newer than the type
  return parse(text, (_key, value, { source }) => {
    if (typeof value !== 'number' || source === undefined) return value;
    return Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? value : source;
  });
}
