import { describe, expect, it } from 'vitest';
import { quotient } from './measures.ts';

describe('quotient', () => {
  it('is null when there is nothing to divide by', () => {
    expect(quotient('12.00', '0')).toBeNull();
  });

  it('rounds half away from zero', () => {
    expect(quotient('0.01', '2')).toBe('0.01');
    expect(quotient('-0.01', '2')).toBe('-0.01');
    expect(quotient('0.01', '3')).toBe('0.00');
    expect(quotient('-0.01', '3')).toBe('0.00');
    expect(quotient('10.00', '3')).toBe('3.33');
    expect(quotient('20.00', '3')).toBe('6.67');
    expect(quotient('-20.00', '3')).toBe('-6.67');
  });

  it('is exact far beyond 2^53', () => {
    expect(quotient('12345678901234567.89', '1')).toBe('12345678901234567.89');
    expect(quotient('999999999999999999999999999999999999.99', '2')).toBe('500000000000000000000000000000000000.00');
  });
});
