import type { Random } from '../random.ts';

const FIRST_MS = Date.UTC(2024, 0, 1);
const SPAN_MS = 3 * 365 * 86_400_000;

/** Amount as numeric(14, 2) text: usually ordinary, now and then at an edge. */
export function amount(random: Random): string {
  if (random.chance(0.05)) return random.pick(['0.00', '0.01', '-0.01', '99999999.99', '0.10', '1000000.00']);
  return `${random.between(0, 500)}.${String(random.between(0, 99)).padStart(2, '0')}`;
}

/** With four decimals. */
export function unitAmount(random: Random): string {
  return `${random.between(0, 500)}.${String(random.between(0, 9999)).padStart(4, '0')}`;
}

/** Within three years, to the microsecond; now and then at the edge of a month. */
export function moment(random: Random): string {
  if (random.chance(0.1)) {
    const month = new Date(Date.UTC(2024, random.between(0, 35), 1));
    return random.chance(0.5) ? month.toISOString() : new Date(month.getTime() - 1).toISOString().replace('Z', '999Z');
  }
  const text = new Date(FIRST_MS + Math.floor(random.unit() * SPAN_MS)).toISOString();
  return random.chance(0.5) ? text : text.replace('Z', `${String(random.between(0, 999)).padStart(3, '0')}Z`);
}

const NASTY_TEXTS = [
  '',
  ' ',
  'NULL',
  '\\N',
  '\\',
  'tab\there',
  'line\nbreak',
  'carriage\rreturn',
  "it's",
  '"quoted"',
  'Zoë 東京 🦊',
  '\u0001\u007f',
  '{"a": 1}',
  '%s ?',
];

export function text(random: Random): string {
  return random.chance(0.3) ? random.pick(NASTY_TEXTS) : `text ${random.between(1, 1_000_000)}`;
}

/** Text that Postgres keeps out of line: it does not compress. */
export function largeText(random: Random): string {
  return Array.from({ length: random.between(300, 1200) }, () => random.word().toString(36)).join('');
}

/** Null now and then. */
export function orNull<T>(random: Random, value: T): T | null {
  return random.chance(0.2) ? null : value;
}

/** JSON text; large now and then. */
export function json(random: Random): string {
  if (random.chance(0.1)) return JSON.stringify({ large: largeText(random) });
  if (random.chance(0.1))
    return random.pick(['null', '[]', '{}', '"x"', '12345678901234567890.123', '{"a": {"b": [1, null]}}']);
  return JSON.stringify({ text: text(random), number: random.between(-1000, 1000) });
}

/** Customers and products are few, so that changes meet; some of them do not exist. */
export function customerId(random: Random): number {
  return random.between(1, 60);
}

export function productId(random: Random): number {
  return random.between(1, 40);
}

/** The reporting currency, which has no rates, most often; one that nobody has rates of, now and then. */
export function currency(random: Random): string {
  return random.weighted({ USD: 6, EUR: 3, JPY: 1, XXX: 1 });
}
