import { expect, it } from 'vitest';
import { decimalNumber } from './decimal-number.ts';

it('reads plain decimals within the bounds and refuses all others', () => {
  const share = decimalNumber({ min: 0.5, max: 0.9999, fallback: 0.95, description: '' });
  expect(share.read(['0.5'])).toBe(0.5);
  expect(share.read(['0.975'])).toBe(0.975);
  for (const text of ['', '1', '.6', '0.4999', '-0.6', '6e-1', 'NaN', 'Infinity', '0,6', ' 0.6', '0x1']) {
    expect(share.read([text]), text).toHaveProperty('refused');
  }
});
