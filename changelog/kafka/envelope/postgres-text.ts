import type { ByteSink } from '../records/byte-sink.ts';

const Z = 90;
const ISO = /^([+-]?\d+)(-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(\.\d+)?)?Z$/;

/** `2024-02-29Z` as Postgres writes it; what is no date (an infinity) as it is. */
export function writePostgresDate(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  if (bytes[end - 1] !== Z) out.copy(bytes, start, end);
  else if (isPlainYear(bytes, start)) out.copy(bytes, start, end - 1);
  else write(out, bytes, start, end, false);
}

/** `2024-02-29T13:14:15.123Z` as Postgres writes it. */
export function writePostgresTimestamp(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  if (bytes[end - 1] !== Z) out.copy(bytes, start, end);
  else write(out, bytes, start, end, false);
}

/** As Postgres writes it in UTC: without zeros at the end of the fraction, and with `+00`. */
export function writePostgresTimestamptz(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  if (bytes[end - 1] !== Z) out.copy(bytes, start, end);
  else write(out, bytes, start, end, true);
}

function isPlainYear(bytes: Buffer, start: number): boolean {
  if (bytes[start + 4] !== DASH || (bytes[start] as number) < ZERO) return false;
  return bytes[start] !== ZERO || bytes[start + 1] !== ZERO || bytes[start + 2] !== ZERO || bytes[start + 3] !== ZERO;
}

const ZERO = 48;
const DOT = 46;
const PLUS = 43;
const DASH = 45;
const BLANK = 32;
/** Of `2024-02-29T13:14:15`. */
const SECONDS_LENGTH = 19;
const DATE_LENGTH = 10;
/** Of `2024-02-29T13:14:15.123456`, with an offset. */
const LONGEST = 32;

function write(out: ByteSink, bytes: Buffer, start: number, end: number, hasZone: boolean): void {
  const length = end - start;
  if (length <= SECONDS_LENGTH || length > LONGEST || !isPlainYear(bytes, start) || bytes[start + 7] !== DASH) {
    writeOdd(out, bytes.toString('latin1', start, end), hasZone);
    return;
  }
  let last = end - 1;
  if (hasZone && last > start + SECONDS_LENGTH) {
    while (bytes[last - 1] === ZERO) last--;
    if (bytes[last - 1] === DOT) last--;
  }
  const target = out.reserve(LONGEST + 3);
  let at = out.length;
  for (let i = start; i < last; i++) target[at++] = bytes[i] as number;
  target[out.length + DATE_LENGTH] = BLANK;
  if (hasZone) {
    target[at++] = PLUS;
    target[at++] = ZERO;
    target[at++] = ZERO;
  }
  out.length = at;
}

/** Years before the first, or with more than four digits. */
function writeOdd(out: ByteSink, text: string, hasZone: boolean): void {
  const match = ISO.exec(text);
  if (match === null) throw new RangeError('not a date of ours');
  const [, yearText = '', day = '', time, fraction = ''] = match;
  const year = Number(yearText);
  const shown = String(year > 0 ? year : 1 - year).padStart(4, '0');
  const kept = hasZone ? fraction.replace(/\.?0+$/, '') : fraction;
  const zone = hasZone ? '+00' : '';
  out.ascii(`${shown}${day}${time === undefined ? '' : ` ${time}${kept}${zone}`}${year > 0 ? '' : ' BC'}`);
}
