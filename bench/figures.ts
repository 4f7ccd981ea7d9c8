/** The middle value; of an even number of values the mean of the middle two. Precondition: at least one value. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** The smallest value that at least `share` (0 to 1) of the values do not exceed. Precondition: at least one value. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;
}

/** Runs what is compared one after the other; who goes first changes from round to round (from 1). */
export async function takeTurns(round: number, turns: readonly (() => Promise<void>)[]): Promise<void> {
  for (const turn of round % 2 === 1 ? turns : turns.toReversed()) await turn();
}

/** A benchmark's answer: one line of the report each, and the same as JSON. */
export interface Result {
  readonly name: string;
  /** Figures by name; the unit is in the name. */
  readonly figures: Readonly<Record<string, number | string>>;
  /** What was asked for, and whether it was reached. */
  readonly target: { readonly text: string; readonly reached: boolean };
}

export function resultText({ name, figures, target }: Result): string {
  const width = Math.max(...Object.keys(figures).map((key) => key.length));
  const lines = Object.entries(figures).map(([key, value]) => `  ${key.padEnd(width)}  ${figureText(value)}`);
  return [`${name}: ${target.reached ? 'reached' : 'MISSED'} (target: ${target.text})`, ...lines].join('\n');
}

function figureText(value: number | string): string {
  if (typeof value === 'string') return value;
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
