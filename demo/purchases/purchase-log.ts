import { MillraceError } from '../../runtime/errors.ts';
import { DEMO_ERRORS } from '../errors.ts';

/** One line of a purchase log. */
export interface Purchase {
  readonly customer: number;
  /** `yyyy-mm-dd`. */
  readonly date: string;
  readonly units: number;
  /** Dollars in cents. */
  readonly cents: bigint;
}

const LINE = /^\s*(\d{1,15})\s+(\d{4})(\d{2})(\d{2})\s+(\d{1,10})\s+(\d{1,12})(?:\.(\d{1,2}))?\s*$/;
const HEADER = /^\s*[a-z_]+(\s+[a-z_]+){3}\s*$/i;

/**
 * Parses a log in the format of CDNOW's: `customer yyyymmdd units dollars`, separated by blanks, with or without a line
 * of column names at the top, either line ending. Empty lines are passed over. Throws DEMO_PURCHASES_MALFORMED with the
 * number of the first line that is anything else.
 */
export function parsePurchaseLog(text: string): Purchase[] {
  const purchases: Purchase[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.trim() === '' || (at === 0 && HEADER.test(line))) continue;
    const purchase = parseLine(line);
    if (purchase === null) {
      const allowed = '`customer yyyymmdd units dollars`, for example `00001 19970101 1 11.77`';
      throw new MillraceError(DEMO_ERRORS.purchasesMalformed, `line ${at + 1} is not ${allowed}`);
    }
    purchases.push(purchase);
  }
  if (purchases.length === 0) throw new MillraceError(DEMO_ERRORS.purchasesMalformed, 'the log holds no purchase');
  return purchases;
}

function parseLine(line: string): Purchase | null {
  const match = LINE.exec(line);
  if (match === null) return null;
  const [customer, year, month, day, units, dollars, cents] = match.slice(1) as string[];
  if (Number(customer) === 0 || Number(units) === 0 || Number(units) > 2_147_483_647) return null;
  if (!isCalendarDate(Number(year), Number(month), Number(day))) return null;
  return {
    customer: Number(customer),
    date: `${year}-${month}-${day}`,
    units: Number(units),
    cents: BigInt(dollars!) * 100n + BigInt((cents ?? '').padEnd(2, '0')),
  };
}

function isCalendarDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 100 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
