/** Cents as a decimal text that Postgres reads exactly: 1177 is `11.77`. */
export function formatCents(cents: bigint | number): string {
  const amount = BigInt(cents);
  const absolute = amount < 0n ? -amount : amount;
  return `${amount < 0n ? '-' : ''}${absolute / 100n}.${String(absolute % 100n).padStart(2, '0')}`;
}

/** A decimal text with at most two decimals, as Postgres prints numeric(14,2), in cents; exact below 2^53. */
export function parseCents(text: string): number {
  const [whole, fraction = ''] = text.replace('-', '').split('.');
  const cents = Number(whole) * 100 + Number(fraction.padEnd(2, '0'));
  return text.startsWith('-') ? -cents : cents;
}

/** A share of an amount in whole cents, half up; `basisPoints` are hundredths of a percent. */
export function shareOf(cents: number, basisPoints: number): number {
  return Math.floor((cents * basisPoints + 5_000) / 10_000);
}
