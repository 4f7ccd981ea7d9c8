import { InvalidArgumentError } from 'commander';

const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `30s`, `2m`, `500ms`, `1h` in milliseconds. */
export function parseDuration(text: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
  if (!(ms > 0)) throw new InvalidArgumentError('A duration such as 30s, 2m or 500ms is expected.');
  return ms;
}

export function parsePort(text: string): number {
  return parseWhole(text, 0, 65_535);
}

export function parseSeed(text: string): number {
  return parseWhole(text, 0, 2 ** 32 - 1);
}

/** Row changes a second; 0 for none. */
export function parseRate(text: string): number {
  const rate = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || rate > 1_000_000) {
    throw new InvalidArgumentError('A number of changes a second is expected, 0 for none.');
  }
  return rate;
}

function parseWhole(text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new InvalidArgumentError(`A whole number from ${min} to ${max} is expected.`);
  }
  return value;
}
