import { expect, test } from 'vitest';
import { parseExactYaml } from './exact-yaml.ts';

test('a number is a number only where nothing is lost', () => {
  const text = '[1, -7, 0.5, 10.10, 12345678901234567890, 0.1e3, 1., yes, true, null, 2024-01-01, "1"]';
  expect(parseExactYaml(text)).toEqual([
    1,
    -7,
    0.5,
    '10.10',
    '12345678901234567890',
    '0.1e3',
    '1.',
    'yes',
    true,
    null,
    '2024-01-01',
    '1',
  ]);
});
