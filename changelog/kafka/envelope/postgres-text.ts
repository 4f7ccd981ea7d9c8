import type { ByteSink } from '../records/byte-sink.ts';

const Z = 90;
const ISO = /^([+-]?\d+)(-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(\.\d+)?)?Z$/;

/** `2024-02-29Z` as Postgres writes it; what is no date (an infinity) as it is. */
export function writePostgresDate(out: ByteSink, bytes: Buffer, length: number): void {
  if (bytes[length - 1] !== Z) {
    out.copy(bytes, 0, length);
    return;
  }
  if (isPlainYear(bytes)) {
    out.copy(bytes, 0, length - 1);
    return;
  }
  write(out, bytes, length, '');
}

/** `2024-02-29T13:14:15.123Z` as Postgres writes it. */
export function writePostgresTimestamp(out: ByteSink, bytes: Buffer, length: number): void {
  if (bytes[length - 1] !== Z) {
    out.copy(bytes, 0, length);
    return;
  }
  write(out, bytes, length, '');
}

/** As Postgres writes it in UTC: without zeros at the end of the fraction, and with `+00`. */
export function writePostgresTimestamptz(out: ByteSink, bytes: Buffer, length: number): void {
  if (bytes[length - 1] !== Z) {
    out.copy(bytes, 0, length);
    return;
  }
  write(out, bytes, length, '+00');
}

function isPlainYear(bytes: Buffer): boolean {
  if (bytes[4] !== DASH || (bytes[0] as number) < ZERO) return false;
  return bytes[0] !== ZERO || bytes[1] !== ZERO || bytes[2] !== ZERO || bytes[3] !== ZERO;
}

const ZERO = 48;
const DOT = 46;
const DASH = 45;
const BLANK = 32;
/** Of `2024-02-29T13:14:15`. */
const SECONDS_END = 19;
const DATE_END = 10;

function write(out: ByteSink, bytes: Buffer, length: number, zone: string): void {
  if (length > SECONDS_END && isPlainYear(bytes) && bytes[7] === DASH) {
    out.copy(bytes, 0, DATE_END);
    out.byte(BLANK);
    let end = length - 1;
    if (zone !== '' && end > SECONDS_END) {
      while (bytes[end - 1] === ZERO) end--;
      if (bytes[end - 1] === DOT) end--;
    }
    out.copy(bytes, DATE_END + 1, end);
    out.ascii(zone);
    return;
  }
  const text = bytes.toString('latin1', 0, length);
  const match = ISO.exec(text);
  if (match === null) throw new RangeError('not a date of ours');
  const [, yearText = '', day = '', time, fraction = ''] = match;
  const year = Number(yearText);
  const shown = String(year > 0 ? year : 1 - year).padStart(4, '0');
  const kept = zone === '' ? fraction : fraction.replace(/\.?0+$/, '');
  out.ascii(`${shown}${day}${time === undefined ? '' : ` ${time}${kept}${zone}`}${year > 0 ? '' : ' BC'}`);
}
