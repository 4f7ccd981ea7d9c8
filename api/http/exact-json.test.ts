import { describe, expect, it } from 'vitest';
import { jsonText, numberToken, objectText } from './exact-json.ts';

describe('numberToken', () => {
  it('keeps every digit', () => {
    for (const text of ['12345678901234567.89', '2500315.63', '-0.50', '0.00', '18446744073709551615'])
      expect(numberToken(text)).toBe(text);
    expect(numberToken(null)).toBe('null');
  });

  it('refuses what is not the text of a number', () => {
    for (const text of ['', 'nan', 'inf', '1e5', '01', '1.', '"1"', '1,"x":2', ' 1'])
      expect(() => numberToken(text)).toThrow();
  });
});

describe('jsonText', () => {
  it('writes bigints in full and the rest as JSON.stringify does', () => {
    expect(jsonText({ a: 9223372036854775807n, b: [1n, null], c: 'x"\n', d: undefined })).toBe(
      '{"a":9223372036854775807,"b":[1,null],"c":"x\\"\\n"}',
    );
    expect(objectText([])).toBe('{}');
  });
});
