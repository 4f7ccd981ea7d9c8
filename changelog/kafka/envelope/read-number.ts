import type { ByteSink } from '../records/byte-sink.ts';
import { scaleOf } from './numeric.ts';
import type { ReadValue } from './value-reader.ts';

const QUOTE = 34;
/** Debezium's words where decimals are text. */
const SPECIAL: Readonly<Record<string, string>> = {
  NAN: 'NaN',
  POSITIVE_INFINITY: 'Infinity',
  NEGATIVE_INFINITY: '-Infinity',
  NaN: 'NaN',
  Infinity: 'Infinity',
  '-Infinity': '-Infinity',
};

/** A JSON number, or one of JSON's missing ones as text, as Postgres prints it with the fewest digits. */
export function floatReader(isSingle: boolean): ReadValue {
  return (out, bytes, start, end) => {
    const token =
      bytes[start] === QUOTE ? bytes.toString('latin1', start + 1, end - 1) : bytes.toString('latin1', start, end);
    out.ascii(SPECIAL[token] ?? floatText(token, isSingle));
  };
}

export function floatText(token: string, isSingle: boolean): string {
  const value = Number(token);
  if (token === '' || !Number.isFinite(value)) throw new RangeError('no number');
  if (value === 0) return token.startsWith('-') ? '-0' : '0';
  const [mantissa = '', exponentText = ''] = shortest(value, isSingle).split('e');
  const exponent = Number(exponentText);
  const limit = isSingle ? 6 : 15;
  if (exponent < -4 || exponent >= limit) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return plainDecimal(`${mantissa}e${exponent}`);
}

/** In scientific form, with the fewest digits that still mean this number. */
function shortest(value: number, isSingle: boolean): string {
  if (!isSingle) return value.toExponential();
  const single = Math.fround(value);
  for (let digits = 0; digits < 9; digits++) {
    const text = single.toExponential(digits);
    if (Math.fround(Number(text)) === single) return text;
  }
  return single.toExponential();
}

/** `1.5E+3` as `1500`, digit for digit. */
export function plainDecimal(token: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token);
  if (match === null) throw new RangeError('no number');
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = match;
  const exponent = Number(exponentText);
  if (exponent === 0) return token.replace(/[eE].*$/, '');
  const digits = whole + fraction;
  const point = whole.length + exponent;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length)
    return `${sign}${digits}${'0'.repeat(point - digits.length)}`.replace(/^(-?)0+(?=\d)/, '$1');
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`.replace(/^(-?)0+(?=\d)/, '$1');
}

/** A decimal's text from its JSON, by how the connector writes decimals (`decimal.handling.mode`). */
export function decimalOf(typeModifier: number, mode: 'string' | 'double' | 'precise'): (json: unknown) => string {
  const scale = scaleOf(typeModifier);
  if (mode === 'precise') return (json) => preciseText(json, scale);
  return (json) => {
    if (isNumber(json)) return padded(plainDecimal(json.number), scale);
    if (typeof json !== 'string') throw new RangeError('no decimal');
    return SPECIAL[json] ?? padded(plainDecimal(json), scale);
  };
}

/** With as many digits behind the point as the type has. */
function padded(text: string, scale: number | null): string {
  if (scale === null || scale <= 0) return scale === 0 ? text.replace(/\.0+$/, '') : text;
  const [whole = '', fraction = ''] = text.split('.');
  return fraction.length >= scale
    ? `${whole}.${fraction.slice(0, scale)}${fraction.slice(scale).replace(/0+$/, '')}`
    : `${whole}.${fraction.padEnd(scale, '0')}`;
}

function preciseText(json: unknown, scale: number | null): string {
  if (typeof json === 'string') {
    // In a header, or by another converter, it may be plain text; base64 of a number never has a point in it.
    return SPECIAL[json] ?? unscaledText(json, scale ?? 0);
  }
  if (typeof json === 'object' && json !== null && 'scale' in json && 'value' in json) {
    if (typeof json.scale === 'number' && typeof json.value === 'string') return unscaledText(json.value, json.scale);
  }
  throw new RangeError('no decimal');
}

/** Big-endian two's complement in base64, with so many digits behind the point. */
function unscaledText(base64: string, scale: number): string {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length === 0) throw new RangeError('no decimal');
  const unsigned = BigInt(`0x${bytes.toString('hex')}`);
  const value = (bytes[0] as number) >= 128 ? unsigned - (1n << BigInt(bytes.length * 8)) : unsigned;
  const sign = value < 0n ? '-' : '';
  const digits = (value < 0n ? -value : value).toString();
  if (scale <= 0) return `${sign}${digits}${value === 0n ? '' : '0'.repeat(-scale)}`;
  const long = digits.padStart(scale + 1, '0');
  return `${sign}${long.slice(0, -scale)}.${long.slice(-scale)}`;
}

/** `-1234.50` as the C locale prints money: `-$1,234.50`. */
export function moneyText(decimal: string): string {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal) ?? [];
  if (whole === '') throw new RangeError('no amount');
  return `${sign}$${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${fraction.padEnd(2, '0')}`;
}

/** A number that was kept as it is written. */
export function isNumber(json: unknown): json is { readonly number: string } {
  return typeof json === 'object' && json !== null && 'number' in json && typeof json.number === 'string';
}

/** Digits at `bytes[start, end)` as a whole number. */
export function integerAt(bytes: Buffer, start: number, end: number): bigint {
  const text = bytes.toString('latin1', start, end);
  if (!/^-?\d+$/.test(text)) throw new RangeError('no integer');
  return BigInt(text);
}

export function appendTwo(out: ByteSink, value: number): void {
  out.byte(48 + Math.floor(value / 10));
  out.byte(48 + (value % 10));
}
