import { floatText, isNumber } from './read-number.ts';

const ISO_INTERVAL = /^P(-?\d+)Y(-?\d+)M(-?\d+)DT(-?\d+)H(-?\d+)M(-?\d+)(?:\.(\d+))?S$/;

/** An ISO 8601 duration, or microseconds, as `intervalstyle = postgres` prints it. */
export function intervalText(json: unknown): string {
  if (isNumber(json)) return printed(0, 0, 0, BigInt(json.number));
  if (typeof json !== 'string') throw new RangeError('no interval');
  if (json === 'infinity' || json === '-infinity') return json;
  const match = ISO_INTERVAL.exec(json);
  if (match === null) throw new RangeError('no interval');
  const [, years, months, days, hours = '0', minutes = '0', seconds = '0', fraction = ''] = match;
  const isNegative = [hours, minutes, seconds].some((part) => part.startsWith('-'));
  const whole = (BigInt(hours) * 3600n + BigInt(minutes) * 60n + BigInt(seconds)) * 1_000_000n;
  const micros = BigInt(fraction.padEnd(6, '0').slice(0, 6));
  return printed(Number(years), Number(months), Number(days), isNegative ? whole - micros : whole + micros);
}

/** As Postgres's EncodeInterval: a part behind a negative one has its sign. */
function printed(years: number, months: number, days: number, micros: bigint): string {
  const parts: string[] = [];
  let isBehindNegative = false;
  for (const [value, unit] of [
    [years, 'year'],
    [months, 'mon'],
    [days, 'day'],
  ] as const) {
    if (value === 0) continue;
    parts.push(`${isBehindNegative && value > 0 ? '+' : ''}${value} ${unit}${value === 1 ? '' : 's'}`);
    isBehindNegative = value < 0;
  }
  if (micros !== 0n || parts.length === 0) {
    const magnitude = micros < 0n ? -micros : micros;
    const two = (value: bigint): string => value.toString().padStart(2, '0');
    const fraction = (magnitude % 1_000_000n).toString().padStart(6, '0').replace(/0+$/, '');
    const seconds = magnitude / 1_000_000n;
    parts.push(
      `${micros < 0n ? '-' : isBehindNegative ? '+' : ''}${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:` +
        `${two(seconds % 60n)}${fraction === '' ? '' : `.${fraction}`}`,
    );
  }
  return parts.join(' ');
}

/** Bits as bytes in base64, lowest first; `length` null for a type that tells none, whose zeros in front are lost. */
export function bitsText(json: unknown, length: number | null): string {
  if (typeof json === 'boolean') return json ? '1' : '0';
  if (typeof json !== 'string') throw new RangeError('no bits');
  const bits = [...Buffer.from(json, 'base64')]
    .reverse()
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
  return length === null ? bits.replace(/^0+(?=.)/, '') : bits.padStart(length, '0').slice(-length);
}

/** `{"x":1.5,"y":-2.0,...}` as `(1.5,-2)`. */
export function pointText(json: unknown): string {
  if (typeof json !== 'object' || json === null || !('x' in json) || !('y' in json)) throw new RangeError('no point');
  return `(${coordinate(json.x)},${coordinate(json.y)})`;
}

function coordinate(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') throw new RangeError('no point');
  return floatText(Object.is(value, -0) ? '-0' : String(value), false);
}

/** An object, or the text of one, as hstore prints it: short keys first. */
export function hstoreText(json: unknown): string {
  let object = json;
  if (typeof json === 'string') {
    try {
      object = JSON.parse(json);
    } catch {
      throw new RangeError('no hstore');
    }
  }
  if (typeof object !== 'object' || object === null || Array.isArray(object)) throw new RangeError('no hstore');
  return Object.entries(object)
    .map(([key, value]) => ({
      key: Buffer.from(key),
      text: `${quoted(key)}=>${value === null ? 'NULL' : quoted(String(value))}`,
    }))
    .sort((a, b) => a.key.length - b.key.length || Buffer.compare(a.key, b.key))
    .map(({ text }) => text)
    .join(', ');
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
