import type { ByteSink } from '../records/byte-sink.ts';

interface Interval {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  /** Of hours, minutes and seconds together, signed. */
  readonly micros: bigint;
}

const FIELD = /([+-]?\d+) (year|mon|day)s?/g;
const TIME = /([+-]?)(\d+):(\d\d):(\d\d)(?:\.(\d+))?$/;

/** The text of `intervalstyle = postgres`: `1 year 2 mons -3 days +04:05:06.789`; null for an infinity. */
export function parseInterval(text: string): Interval | null {
  if (text.endsWith('infinity')) return null;
  const found = { year: 0, mon: 0, day: 0 };
  for (const [, value, unit] of text.matchAll(FIELD)) found[unit as keyof typeof found] = Number(value);
  const [, sign, hours = '0', minutes = '0', seconds = '0', fraction = ''] = TIME.exec(text) ?? [];
  const whole = BigInt(hours) * 3600n + BigInt(minutes) * 60n + BigInt(seconds);
  const micros = whole * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
  return { years: found.year, months: found.mon, days: found.day, micros: sign === '-' ? -micros : micros };
}

/** ISO 8601: `P1Y2M3DT4H5M6.789S`; fields may be negative. An infinity as its own text. */
export function writeIntervalIso(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  const text = bytes.toString('latin1', start, end);
  const interval = parseInterval(text);
  if (interval === null) {
    out.ascii(`"${text}"`);
    return;
  }
  const { years, months, days, micros } = interval;
  const magnitude = micros < 0n ? -micros : micros;
  const sign = micros < 0n ? '-' : '';
  const seconds = (magnitude / 1_000_000n) % 60n;
  const fraction = (magnitude % 1_000_000n).toString().padStart(6, '0').replace(/0+$/, '');
  const time = `${sign}${magnitude / 3_600_000_000n}H${sign}${(magnitude / 60_000_000n) % 60n}M`;
  out.ascii(`"P${years}Y${months}M${days}DT${time}${sign}${seconds}${fraction === '' ? '' : `.${fraction}`}S"`);
}

/** Microseconds, a month being a twelfth of 365.25 days, as Debezium counts. An infinity as its own text. */
export function writeIntervalMicros(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  const text = bytes.toString('latin1', start, end);
  const interval = parseInterval(text);
  if (interval === null) {
    out.ascii(`"${text}"`);
    return;
  }
  const months = BigInt(interval.years * 12 + interval.months);
  const micros = months * MICROS_PER_MONTH + BigInt(interval.days) * 86_400_000_000n + interval.micros;
  out.digits(micros);
}

const MICROS_PER_MONTH = (36_525n * 86_400_000_000n) / 1_200n;
