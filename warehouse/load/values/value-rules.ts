/**
 * What a target type can hold, decided on the value's bytes. Each returns true when the value may be written as it is;
 * otherwise the row is rejected: ClickHouse would clamp or refuse it. Same rules for snapshot and stream.
 */

const ZERO = 48;
const NINE = 57;
const MINUS = 45;

/** Date32 and DateTime64(6) reach from 1900-01-01 to 2299-12-31. */
function hasYearInRange(bytes: Buffer, start: number): boolean {
  // Exactly four digits and a dash: 5-digit years have another digit there, infinities a letter.
  if (bytes[start + 4] !== MINUS) return false;
  let year = 0;
  for (let i = start; i < start + 4; i++) {
    const digit = bytes[i] as number;
    if (digit < ZERO || digit > NINE) return false;
    year = year * 10 + digit - ZERO;
  }
  return year >= 1900 && year <= 2299;
}

/** `YYYY-MM-DD`; a BC date is longer. */
export function fitsDate(bytes: Buffer, start: number, end: number): boolean {
  return end - start === 10 && hasYearInRange(bytes, start);
}

/** `YYYY-MM-DD HH:MM:SS[.ffffff]`; a BC timestamp is longer than its fraction allows or ends in a letter. */
export function fitsTimestamp(bytes: Buffer, start: number, end: number): boolean {
  const length = end - start;
  const last = bytes[end - 1] as number;
  return length >= 19 && length <= 26 && last >= ZERO && last <= NINE && hasYearInRange(bytes, start);
}

/** The offset that a session in UTC prints: `+00`. */
export function endsWithUtcOffset(bytes: Buffer, end: number): boolean {
  return bytes[end - 3] === 43 && bytes[end - 2] === ZERO && bytes[end - 1] === ZERO;
}

/** Not NaN, Infinity or -Infinity: those begin with a letter, behind a sign at most. */
export function isFiniteNumber(bytes: Buffer, start: number): boolean {
  const first = bytes[start] === MINUS ? bytes[start + 1] : bytes[start];
  return first !== undefined && first <= NINE;
}

/** Ends in an offset (`+05:30`, `-08`) that is not UTC's. */
export function hasOtherOffset(bytes: Buffer, end: number): boolean {
  const tail = bytes.toString('latin1', Math.max(0, end - 9), end);
  return /[+-]\d\d(:\d\d){0,2}$/.test(tail) && !endsWithUtcOffset(bytes, end);
}

const POINT = 46;

/** At most so many digits before the point and behind it, zeros at the ends left aside; NaN and infinities do not fit. */
export function fitsDecimal(bytes: Buffer, start: number, end: number, whole: number, fraction: number): boolean {
  let at = bytes[start] === MINUS ? start + 1 : start;
  while (at < end && bytes[at] === ZERO) at++;
  const wholeStart = at;
  while (at < end && isDigit(bytes[at] as number)) at++;
  if (at - wholeStart > whole) return false;
  if (at === end) return true;
  if (bytes[at] !== POINT) return false;
  const point = at++;
  while (at < end && isDigit(bytes[at] as number)) at++;
  if (at !== end) return false;
  while (bytes[at - 1] === ZERO) at--;
  return at - point - 1 <= fraction;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}
