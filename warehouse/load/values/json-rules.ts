/**
 * What ClickHouse's JSON type can hold without changing it: an object whose names have no dot (it would nest), come once,
 * and whose numbers are 64-bit integers or doubles. It leaves out members that are null and objects without members.
 */
export function fitsJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text, (_name, member, context?: { source: string }) => {
      if (typeof member === 'number' && !isHeld(context?.source ?? '')) throw new RangeError('a number');
      return member;
    });
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    return hasPlainNames(value) && countNames(text) === countMembers(value);
  } catch {
    return false; // Also what is nested deeper than the stack: the warehouse's own limit is lower.
  }
}

const MIN_INT64 = -(2n ** 63n);
const MAX_UINT64 = 2n ** 64n - 1n;

function isHeld(source: string): boolean {
  if (/^-?\d+$/.test(source)) {
    const integer = BigInt(source);
    return integer >= MIN_INT64 && integer <= MAX_UINT64;
  }
  const number = Number(source);
  return Number.isFinite(number) && digitsOf(source) === digitsOf(String(number));
}

/** A decimal number in one form, so that equal numbers have equal texts. */
function digitsOf(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

function hasPlainNames(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(hasPlainNames);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, member]) => !name.includes('.') && hasPlainNames(member));
}

function countMembers(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((total: number, item) => total + countMembers(item), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((total: number, member) => total + 1 + countMembers(member), 0);
}

/** Names in the text, also those that come twice: strings with a colon behind them. */
function countNames(text: string): number {
  return text.match(/"(?:[^"\\]|\\.)*"\s*:/g)?.length ?? 0;
}
