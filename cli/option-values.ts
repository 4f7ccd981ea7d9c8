import { InvalidArgumentError } from 'commander';
import type { RewindPoint } from '../changelog/kafka/rewind.ts';
import { parseLsn } from '../changelog/lsn.ts';

const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Of every command that reads the configuration. */
export const CONFIG_OPTION = [
  '--config <file>',
  'configuration (default: MILLRACE_CONFIG, else ./millrace.yaml)',
] as const;

/** `30s`, `2m`, `500ms`, `1h` in milliseconds. */
export function parseDuration(text: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
  if (!(ms > 0)) throw new InvalidArgumentError('A duration such as 30s, 2m or 500ms is expected.');
  return ms;
}

/** Above 0, at most 1. */
export function parseShare(text: string): number {
  const share = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || share <= 0 || share > 1) {
    throw new InvalidArgumentError('A share of a core above 0 and at most 1 is expected, such as 0.1.');
  }
  return share;
}

export function parsePort(text: string): number {
  return parseWhole(text, 0, 65_535);
}

/** `9464` or `0.0.0.0:9464`; an IPv6 address stands in brackets. */
export function parseAddress(text: string): { host: string; port: number } {
  const [, bracketed, plain, port] = /^(?:(?:\[([0-9A-Fa-f:]+)\]|([^\s:[\]]+)):)?(\d+)$/.exec(text) ?? [];
  if (port === undefined) throw new InvalidArgumentError('A port or host:port is expected.');
  return { host: bracketed ?? plain ?? '127.0.0.1', port: parsePort(port) };
}

export function parseCount(text: string): number {
  return parseWhole(text, 1, 100_000_000);
}

/** As `millrace models history` numbers them. */
export function parseVersion(text: string): number {
  return parseWhole(text, 1, Number.MAX_SAFE_INTEGER);
}

export function parseThreads(text: string): number {
  return parseWhole(text, 1, 64);
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

/** `beginning`, an LSN such as 16/B374D848, or a time such as 2026-11-21T14:00:00Z; a time without a zone is UTC. */
export function parseRewindPoint(text: string): RewindPoint {
  if (text === 'beginning') return text;
  if (/^[0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8}$/.test(text)) return { lsn: parseLsn(text) };
  const [, date, time = 'T00:00:00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)([T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  const timeMs = Date.parse(`${date}${time.replace(' ', 'T')}${zone}`);
  if (Number.isNaN(timeMs)) {
    throw new InvalidArgumentError(
      '`beginning`, a time such as 2026-11-21T14:00:00Z or an LSN such as 16/B374D848 is expected.',
    );
  }
  return { timeMs };
}

function parseWhole(text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new InvalidArgumentError(`A whole number from ${min} to ${max} is expected.`);
  }
  return value;
}

/** `YYYY-MM-DD`, as days since 1970. */
export function parseDay(text: string): number {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) / 86_400_000 : Number.NaN;
  if (Number.isNaN(day) || new Date(day * 86_400_000).toISOString().slice(0, 10) !== text) {
    throw new InvalidArgumentError('A day that exists is expected, as YYYY-MM-DD.');
  }
  return day;
}
