import { expect, it } from 'vitest';
import { compareDecimals, Exact, groupDigits, parseExact } from './exact.js';

it('keeps the digits that a double would lose', () => {
  const { big, money, none, text } = parseExact(
    '{"big":9007199254740993,"money":12345678901234567.10,"none":null,"text":"1.0"}',
  );
  expect(String(big)).toBe('9007199254740993');
  expect(String(money)).toBe('12345678901234567.10');
  expect(+money).toBe(Number('12345678901234567.1'));
  expect([none, text]).toEqual([null, '1.0']);
  expect(parseExact('[1.50]')[0]).toBeInstanceOf(Exact);
});

it('groups digits without rounding any', () => {
  expect(groupDigits('0.00')).toBe('0.00');
  expect(groupDigits('-1234567.5000')).toBe('-1,234,567.5000');
  expect(groupDigits('999')).toBe('999');
  expect(groupDigits('12345678901234567890')).toBe('12,345,678,901,234,567,890');
});

it('orders decimals by their digits', () => {
  expect(compareDecimals('9007199254740993', '9007199254740992')).toBe(1);
  expect(compareDecimals('-0.1', '0.01')).toBe(-1);
  expect(compareDecimals('1.50', '1.5')).toBe(0);
  expect(compareDecimals('2', '10')).toBe(-1);
  expect(compareDecimals('1e-7', '0')).toBe(0);
  expect(compareDecimals('1e3', '999.5')).toBe(1);
});
