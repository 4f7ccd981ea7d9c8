/** Unix microseconds as `YYYY-MM-DD hh:mm:ss.ffffff`. ClickHouse takes a short number, such as 0.000000, for no time. */
export function microsToText(micros: bigint): string {
  const seconds = new Date(Number(micros / 1_000_000n) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return `${seconds}.${(micros % 1_000_000n).toString().padStart(6, '0')}`;
}

/** ISO 8601 in UTC as the same kind of text, with as many digits as it has. */
export function isoToText(iso: string): string {
  return iso.replace('T', ' ').replace('Z', '');
}

/** Unix milliseconds as `YYYY-MM-DD hh:mm:ss.fff`. */
export function millisToText(ms: number): string {
  return isoToText(new Date(ms).toISOString());
}

/** SQL that writes a moment in ISO 8601, in UTC with microseconds. */
export function isoSql(moment: string): string {
  return `formatDateTime(${moment}, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC')`;
}

/** The same moment in ISO 8601. */
export function textToIso(text: string): string {
  return `${text.replace(' ', 'T')}Z`;
}

/** Unix microseconds of `YYYY-MM-DD hh:mm:ss.ffffff`. */
export function textToMicros(text: string): bigint {
  return BigInt(Date.parse(textToIso(text.slice(0, 19)))) * 1000n + BigInt(text.slice(20).padEnd(6, '0'));
}
