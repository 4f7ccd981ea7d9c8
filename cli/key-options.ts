import { InvalidArgumentError } from 'commander';
import { isScope, SCOPE_ALLOWED } from '../api/access/scopes.ts';

/** `--scope reports/sales-trends,cubes`, several times. */
export function parseScopes(text: string, former: readonly string[] = []): readonly string[] {
  const scopes = partsOf(text);
  const wrong = scopes.filter((scope) => !isScope(scope));
  if (scopes.length === 0 || wrong.length > 0) {
    throw new InvalidArgumentError(`${wrong.join(', ')} is no scope. Allowed: ${SCOPE_ALLOWED}.`);
  }
  return [...new Set([...former, ...scopes])];
}

/** `--filter region=EU,US`, once for each column; a comma within a value is written twice. */
export function parseFilter(
  text: string,
  former: Readonly<Record<string, readonly string[]>> = {},
): Readonly<Record<string, readonly string[]>> {
  const [, column, values = ''] = /^([a-z_][a-z0-9_]*)=(.*)$/s.exec(text) ?? [];
  if (column === undefined)
    throw new InvalidArgumentError('column=value[,value...] is expected, such as region=EU,US.');
  if (Object.hasOwn(former, column))
    throw new InvalidArgumentError(`${column} is there twice: list its values in one.`);
  const parts = partsOf(values);
  if (parts.length === 0) throw new InvalidArgumentError(`${column} has no value: nothing could be seen.`);
  return { ...former, [column]: [...new Set(parts)] };
}

export function parseRequestsPerMinute(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 1_000_000) {
    throw new InvalidArgumentError('A whole number of requests a minute from 1 to 1000000 is expected.');
  }
  return count;
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90d`, `12h`; or `never`: null. */
export function parseExpiry(text: string): number | null {
  return text === 'never' ? null : parseSpan(text);
}

/** `24h`, `30m`; `0s` for none. */
export function parseSpan(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError('A span of time such as 90d, 12h or 30m is expected.');
  return Number(count) * (UNIT_MS[unit] ?? 0);
}

/** Split at commas; two of them are one that belongs to a value. */
function partsOf(text: string): string[] {
  return text
    .replaceAll(',,', '\0')
    .split(',')
    .map((part) => part.replaceAll('\0', ',').trim())
    .filter((part) => part !== '');
}
