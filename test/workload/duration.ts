/** Of `90s`, `30m`, `2h`. Throws a RangeError for anything else. */
export function milliseconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(text);
  if (match === null) throw new RangeError(`not a duration: ${text} (90s, 30m, 2h)`);
  return Number(match[1]) * { s: 1000, m: 60_000, h: 3_600_000 }[match[2] as 's' | 'm' | 'h'];
}
