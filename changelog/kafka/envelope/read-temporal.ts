import type { ByteSink } from '../records/byte-sink.ts';
import { writePostgresDate, writePostgresTimestamp, writePostgresTimestamptz } from './postgres-text.ts';
import { appendTwo, integerAt } from './read-number.ts';
import type { ReadValue } from './value-reader.ts';

const ZERO = 48;
const DOT = 46;
const Z = 90;
const MICROS_PER_DAY = 86_400_000_000n;
/** What becomes of an infinity in a 64-bit number, and in Java's calendar. */
const LAST_MICROS = 9_223_372_036_854_775_807n;
const FIRST_MICROS = -9_223_372_036_854_775_808n;
const LAST_YEAR = Buffer.from('+292278994-');
const FIRST_YEAR = Buffer.from('-292275055-');

/** `2024-02-29Z` between the quotes. */
export const isoDateReader: ReadValue = (out, bytes, start, end) => {
  writePostgresDate(out, bytes, start, end);
};

/** `2024-02-29T13:14:15.1230Z` between the quotes; `zone` stands behind it. */
export function isoTimestampReader(zone: '' | '+00'): ReadValue {
  return (out, bytes, start, end) => {
    const text = bytes.subarray(start, end);
    if (begins(text, LAST_YEAR)) out.ascii('infinity');
    else if (begins(text, FIRST_YEAR)) out.ascii('-infinity');
    else if (zone === '+00') writePostgresTimestamptz(out, text, 0, text.length);
    else {
      writePostgresTimestamp(out, text, 0, text.length);
      trimFraction(out);
    }
  };
}

function begins(text: Buffer, beginning: Buffer): boolean {
  return text[0] === beginning[0] && text.subarray(0, beginning.length).equals(beginning);
}

/** `13:14:15.100Z` between the quotes. */
export function isoTimeReader(zone: '' | '+00'): ReadValue {
  return (out, bytes, start, end) => {
    if (bytes[end - 1] !== Z || end - start < 9) throw new RangeError('no time');
    out.copy(bytes, start, end - 1);
    trimFraction(out);
    out.ascii(zone);
  };
}

/** Postgres leaves zeros at the end of a fraction out. */
function trimFraction(out: ByteSink): void {
  let dot = out.length - 1;
  while (dot > out.length - 8 && (out.bytes[dot] as number) >= ZERO && (out.bytes[dot] as number) <= 57) dot--;
  if (out.bytes[dot] !== DOT) return;
  while (out.bytes[out.length - 1] === ZERO) out.length--;
  if (out.bytes[out.length - 1] === DOT) out.length--;
}

/** Days since 1970-01-01. */
export const dateNumberReader: ReadValue = (out, bytes, start, end) => {
  const days = integerAt(bytes, start, end);
  if (days >= 2_147_483_647n) out.ascii('infinity');
  else if (days <= -2_147_483_648n) out.ascii('-infinity');
  else if (appendDate(out, Number(days))) out.ascii(' BC');
};

/** Microseconds, or milliseconds for up to three digits, since midnight or 1970. */
export function timeNumberReader(kind: 'time' | 'timestamp', typeModifier: number): ReadValue {
  const perUnit = typeModifier >= 0 && typeModifier <= 3 ? 1000n : 1n;
  return (out, bytes, start, end) => {
    const number = integerAt(bytes, start, end);
    if (kind === 'time') {
      appendTime(out, number * perUnit);
      return;
    }
    if (number === LAST_MICROS || number * perUnit > LAST_MICROS) {
      out.ascii('infinity');
      return;
    }
    if (number === FIRST_MICROS || number * perUnit < FIRST_MICROS) {
      out.ascii('-infinity');
      return;
    }
    const micros = number * perUnit;
    const ofDay = ((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY;
    const isBc = appendDate(out, Number((micros - ofDay) / MICROS_PER_DAY));
    out.byte(32);
    appendTime(out, ofDay);
    if (isBc) out.ascii(' BC');
  };
}

/** Appends the day without its era; true when that is BC (Howard Hinnant's civil_from_days). */
function appendDate(out: ByteSink, days: number): boolean {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  out.ascii(String(year > 0 ? year : 1 - year).padStart(4, '0'));
  out.byte(45);
  appendTwo(out, month);
  out.byte(45);
  appendTwo(out, day);
  return year <= 0;
}

function appendTime(out: ByteSink, micros: bigint): void {
  if (micros < 0n || micros > MICROS_PER_DAY) throw new RangeError('no time');
  const seconds = Number(micros / 1_000_000n);
  const fraction = Number(micros % 1_000_000n);
  appendTwo(out, Math.floor(seconds / 3600));
  out.byte(58);
  appendTwo(out, Math.floor(seconds / 60) % 60);
  out.byte(58);
  appendTwo(out, seconds % 60);
  if (fraction === 0) return;
  out.byte(DOT);
  out.ascii(String(fraction).padStart(6, '0'));
  trimFraction(out);
}
