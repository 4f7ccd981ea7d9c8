/** A plain decimal's text as a whole number of its smallest places: `12.3` with scale 2 is 1230. Further places are cut off. */
export function unitsOf(text: string, scale: number): bigint {
  const [whole = '0', places = ''] = text.split('.');
  const units = BigInt(whole.replace('-', '') + places.padEnd(scale, '0').slice(0, scale));
  return text.startsWith('-') ? -units : units;
}

export function decimalText(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const sign = units < 0n ? '-' : '';
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Rounded half away from zero. Precondition: the divisor is not 0. */
export function divided(dividend: bigint, divisor: bigint): bigint {
  const isNegative = dividend < 0n !== divisor < 0n;
  const [size, by] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor];
  const rounded = (size * 2n + by) / (by * 2n);
  return isNegative ? -rounded : rounded;
}
