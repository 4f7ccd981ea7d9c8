/** Unix microseconds as `YYYY-MM-DD hh:mm:ss.ffffff`. ClickHouse takes a short number, such as 0.000000, for no time. */
export function microsToText(micros: bigint): string {
  const seconds = new Date(Number(micros / 1_000_000n) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return `${seconds}.${(micros % 1_000_000n).toString().padStart(6, '0')}`;
}

/** The same moment in ISO 8601. */
export function textToIso(text: string): string {
  return `${text.replace(' ', 'T')}Z`;
}

/** Unix microseconds of `YYYY-MM-DD hh:mm:ss.ffffff`. */
export function textToMicros(text: string): bigint {
  return BigInt(Date.parse(textToIso(text.slice(0, 19)))) * 1000n + BigInt(text.slice(20).padEnd(6, '0'));
}
