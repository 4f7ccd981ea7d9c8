import type { ByteSink } from '../records/byte-sink.ts';
import { writeJsonString } from './json-text.ts';
import type { WriteValue } from './value-writer.ts';

const QUOTE = 34;
const PLUS = 43;
const MINUS = 45;
const DOT = 46;

/** A digit, a sign or a point in front: neither NaN nor an infinity with a letter in front. */
function isFiniteNumber(bytes: Buffer, start: number, end: number): boolean {
  const byte = bytes[start] === MINUS || bytes[start] === PLUS ? bytes[start + 1] : bytes[start];
  return end > start && byte !== undefined && byte >= DOT && byte <= 57;
}

/** A number as it stands; NaN and infinities as strings, since JSON has no such numbers. */
export function writeNumber(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  if (isFiniteNumber(bytes, start, end)) out.copy(bytes, start, end);
  else writeJsonString(out, bytes, start, end);
}

/**
 * The unscaled integer in two's complement, as base64, with as many digits behind the point as the type has; a type
 * without a scale says it beside: `{"scale":2,"value":"..."}`. NaN and infinities as their text.
 */
export function preciseWriter(scale: number | null): WriteValue {
  return (out, bytes, start, end) => {
    if (!isFiniteNumber(bytes, start, end)) {
      writeJsonString(out, bytes, start, end);
      return;
    }
    const text = bytes.toString('latin1', start, end);
    const [whole = '', fraction = ''] = text.split('.');
    if (scale !== null) {
      out.ascii(`"${twosComplement(BigInt(whole + fraction.padEnd(scale, '0')))}"`);
      return;
    }
    const digits = fraction.replace(/0+$/, '');
    out.ascii(`{"scale":${digits.length},"value":"${twosComplement(BigInt(whole + digits))}"}`);
  };
}

/** Scale of a numeric's modifier (https://www.postgresql.org/docs/18/datatype-numeric.html); null for any. */
export function scaleOf(typeModifier: number): number | null {
  if (typeModifier < 0) return null;
  const scale = (typeModifier - 4) & 0x7ff;
  return scale < 1024 ? scale : scale - 2048;
}

/** Shortest big-endian two's complement, as Java's BigInteger has it. */
function twosComplement(value: bigint): string {
  const isNegative = value < 0n;
  const magnitude = isNegative ? -value - 1n : value;
  const hex = magnitude.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 1 ? `0${hex}` : hex, 'hex');
  const padded = (bytes[0] as number) >= 128 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes;
  if (isNegative) for (let i = 0; i < padded.length; i++) padded[i] = ~(padded[i] as number) & 255;
  return padded.toString('base64');
}

/** `-$1,234.50` of the C locale without what is no number: `-1234.50`. */
export function moneyWriter(writeAmount: WriteValue): WriteValue {
  return (out, bytes, start, end) => {
    const amount = Buffer.from(bytes.toString('latin1', start, end).replace(/[^0-9.-]/g, ''), 'latin1');
    writeAmount(out, amount, 0, amount.length);
  };
}

/** Digits in quotes: no byte of a number needs an escape. */
export function writeNumberText(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  out.byte(QUOTE);
  out.copy(bytes, start, end);
  out.byte(QUOTE);
}
