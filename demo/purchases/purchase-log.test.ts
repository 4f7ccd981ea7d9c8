import { describe, expect, it } from 'vitest';
import { parsePurchaseLog } from './purchase-log.ts';

describe('a purchase log', () => {
  it('is read with column names, blanks and either line ending', () => {
    const text =
      ' customer_id  date number_of_cds  dollar_value\r\n 00001 19970101  1   11.77\r\n\n2 19960229 5 0\n3 19970101 2 .5';
    expect(() => parsePurchaseLog(text)).toThrow('line 5');
    expect(parsePurchaseLog(text.replace(' .5', ' 0.5'))).toEqual([
      { customer: 1, date: '1997-01-01', units: 1, cents: 1177n },
      { customer: 2, date: '1996-02-29', units: 5, cents: 0n },
      { customer: 3, date: '1997-01-01', units: 2, cents: 50n },
    ]);
  });

  it.each([
    '00004 0001 19970101 2 29.33',
    '1 19970229 1 1.00',
    '1 19971301 1 1.00',
    '1 19970101 0 1.00',
    '1 19970101 -1 1.00',
    '1 19970101 1 -1.00',
    '1 19970101 1 1.005',
    '1 19970101 1 1e3',
    '1 19970101 1',
    '0 19970101 1 1.00',
    'x 19970101 1 1.00',
    '1 19970101 2147483648 1.00',
  ])('is refused with its line number when a line is %j', (line) => {
    const text = `1 19970101 1 11.77\n${line}\n`;
    expect(() => parsePurchaseLog(text)).toThrow(expect.objectContaining({ code: 'DEMO_PURCHASES_MALFORMED' }));
    expect(() => parsePurchaseLog(text)).toThrow('line 2 is not `customer yyyymmdd units dollars`');
  });

  it('is refused when it is empty', () => {
    expect(() => parsePurchaseLog('\n')).toThrow('holds no purchase');
  });
});
