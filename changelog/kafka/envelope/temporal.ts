import type { ByteSink } from '../records/byte-sink.ts';
import { writeJsonString } from './json-text.ts';

const QUOTE = 34;
const SPACE = 32;
const MINUS = 45;
const ZERO = 48;
const T = 84;
const Z = 90;
const MICROS_PER_DAY = 86_400_000_000n;

/** Length of the date at the beginning of a text; infinities have none: 0. */
function dateLength(bytes: Buffer, start: number, end: number): number {
  if (!isDigit(bytes[start])) return 0;
  let i = start;
  while (i < end && bytes[i] !== SPACE) i++;
  return i - start;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

/** Postgres puts ` BC` behind everything. */
function isBeforeChrist(bytes: Buffer, start: number, end: number): boolean {
  return end - start > 3 && bytes[end - 1] === 67 && bytes[end - 2] === 66 && bytes[end - 3] === SPACE;
}

/** The year before 1 is 0 in ISO 8601; a year of more than four digits has a sign. */
function writeIsoDate(out: ByteSink, bytes: Buffer, start: number, length: number, isBc: boolean): void {
  // A year of four digits, as nearly all are.
  if (!isBc && length === 10 && bytes[start + 4] === MINUS) {
    out.copy(bytes, start, start + length);
    return;
  }
  const yearEnd = bytes.indexOf(MINUS, start);
  const year = Number(bytes.toString('latin1', start, yearEnd));
  const iso = isBc ? 1 - year : year;
  const digits = String(Math.abs(iso)).padStart(4, '0');
  out.ascii(iso < 0 ? `-${digits}` : digits.length > 4 ? `+${digits}` : digits);
  out.copy(bytes, yearEnd, start + length);
}

/** `2024-02-29` as `"2024-02-29Z"`; an infinity as its own text. */
export function writeDateIso(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  const length = dateLength(bytes, start, end);
  if (length === 0) {
    writeJsonString(out, bytes, start, end);
    return;
  }
  out.byte(QUOTE);
  writeIsoDate(out, bytes, start, length, isBeforeChrist(bytes, start, end));
  out.byte(Z);
  out.byte(QUOTE);
}

/** `13:14:15.123456` as `"13:14:15.123456Z"`. */
export function writeTimeIso(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  out.byte(QUOTE);
  out.copy(bytes, start, end);
  out.byte(Z);
  out.byte(QUOTE);
}

/** `2024-02-29 13:14:15.123` as `"2024-02-29T13:14:15.123Z"`; an infinity as its own text. */
export function writeTimestampIso(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  const length = dateLength(bytes, start, end);
  if (length === 0) {
    writeJsonString(out, bytes, start, end);
    return;
  }
  const isBc = isBeforeChrist(bytes, start, end);
  out.byte(QUOTE);
  writeIsoDate(out, bytes, start, length, isBc);
  out.byte(T);
  out.copy(bytes, start + length + 1, isBc ? end - 3 : end);
  out.byte(Z);
  out.byte(QUOTE);
}

/**
 * A timestamptz of a session in UTC, with as many digits behind the second as its type has: `2024-02-29 11:14:15.1+00` as
 * `"2024-02-29T11:14:15.100000Z"`. An infinity, and an offset that is not UTC's, as its own text.
 */
export function timestamptzWriter(fractionDigits: number) {
  return (out: ByteSink, bytes: Buffer, start: number, end: number): void => {
    const length = dateLength(bytes, start, end);
    const isBc = isBeforeChrist(bytes, start, end);
    const timeEnd = (isBc ? end - 3 : end) - 3;
    if (length === 0 || bytes[timeEnd] !== 43 || bytes[timeEnd + 1] !== ZERO || bytes[timeEnd + 2] !== ZERO) {
      writeJsonString(out, bytes, start, end);
      return;
    }
    out.byte(QUOTE);
    writeIsoDate(out, bytes, start, length, isBc);
    out.byte(T);
    const timeStart = start + length + 1;
    out.copy(bytes, timeStart, timeEnd);
    const given = Math.max(0, timeEnd - timeStart - 9);
    if (fractionDigits > given) {
      if (given === 0) out.byte(46);
      for (let i = given; i < fractionDigits; i++) out.byte(ZERO);
    }
    out.byte(Z);
    out.byte(QUOTE);
  };
}

/** `13:14:15.123456+02` as `"11:14:15.123456Z"`, turned round at midnight. 24:00:00 is midnight then. */
export function writeTimetz(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  const match = /^(\d\d):(\d\d):(\d\d)(\.\d+)?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/.exec(
    bytes.toString('latin1', start, end),
  );
  if (match === null) {
    writeJsonString(out, bytes, start, end);
    return;
  }
  const [, hours, minutes, seconds, fraction = '', sign, offsetHours, offsetMinutes = '0', offsetSeconds = '0'] = match;
  const offset = Number(offsetHours) * 3600 + Number(offsetMinutes) * 60 + Number(offsetSeconds);
  const local = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  const utc = (((sign === '+' ? local - offset : local + offset) % 86_400) + 86_400) % 86_400;
  const two = (value: number): string => String(value).padStart(2, '0');
  out.ascii(`"${two(Math.floor(utc / 3600))}:${two(Math.floor(utc / 60) % 60)}:${two(utc % 60)}${fraction}Z"`);
}

/** Days since 1970-01-01; an infinity as its own text, in quotes. */
export function writeDateNumber(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  const length = dateLength(bytes, start, end);
  if (length === 0) {
    writeJsonString(out, bytes, start, end);
    return;
  }
  out.digits(daysSince1970(bytes.toString('latin1', start, start + length), isBeforeChrist(bytes, start, end)));
}

/** Microseconds, or milliseconds, since 1970 or midnight; an infinity as its own text, in quotes. */
export function numberWriter(kind: 'time' | 'timestamp', unit: 'micros' | 'millis') {
  return (out: ByteSink, bytes: Buffer, start: number, end: number): void => {
    const length = kind === 'time' ? 0 : dateLength(bytes, start, end);
    if (kind === 'timestamp' && length === 0) {
      writeJsonString(out, bytes, start, end);
      return;
    }
    const isBc = isBeforeChrist(bytes, start, end);
    const days = length === 0 ? 0n : daysSince1970(bytes.toString('latin1', start, start + length), isBc);
    const timeStart = length === 0 ? start : start + length + 1;
    const micros = days * MICROS_PER_DAY + microsOfTime(bytes.toString('latin1', timeStart, isBc ? end - 3 : end));
    // Rounded down: before 1970 a millisecond is the one that the time lies in.
    out.digits(unit === 'micros' ? micros : (micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n);
  };
}

function microsOfTime(text: string): bigint {
  const fraction = text.slice(9).padEnd(6, '0');
  const seconds = Number(text.slice(0, 2)) * 3600 + Number(text.slice(3, 5)) * 60 + Number(text.slice(6, 8));
  return BigInt(seconds) * 1_000_000n + BigInt(fraction);
}

/** Proleptic Gregorian, as Postgres and ISO 8601 count (Howard Hinnant's days_from_civil). */
function daysSince1970(date: string, isBc: boolean): bigint {
  const [yearText = '', monthText = '', dayText = ''] = date.split('-');
  const month = Number(monthText);
  const year = (isBc ? 1 - Number(yearText) : Number(yearText)) - (month <= 2 ? 1 : 0);
  const era = Math.floor(year / 400);
  const yearOfEra = year - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + Number(dayText) - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return BigInt(era) * 146_097n + BigInt(dayOfEra) - 719_468n;
}
