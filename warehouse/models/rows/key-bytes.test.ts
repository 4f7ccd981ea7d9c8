import { expect, test } from 'vitest';
import { createRandom } from '../../testing/random.ts';
import { keyBytes } from './key-bytes.ts';

test('whole numbers are in their order, as fields of a key as well', () => {
  const numbers = ['0', '1', '9', '10', '11', '99', '100', '99999', '1000000', '18446744073709551615'];
  const ordered = [...numbers, ...numbers.map((n) => `7\t${n}\tx`), '8\t1', '10\t1'];
  const groups = [ordered.slice(0, numbers.length), ordered.slice(numbers.length)];
  for (const group of groups) {
    const shuffled = group.toReversed();
    expect(shuffled.toSorted((a, b) => Buffer.compare(keyBytes(a), keyBytes(b)))).toEqual(group);
  }
});

test('different texts have different keys', () => {
  const seed = Math.floor(Math.random() * 1e9);
  const random = createRandom(seed);
  // What a TabSeparated field may have beside letters: any control character but those that are escaped.
  const characters = ['0', '1', '9', '-', '.', 'a', '\x01', '\x02', '\x03', '\x0b', 'é', '\\N', '\\0'];
  const field = () => Array.from({ length: random.below(5) }, () => random.pick(characters)).join('');
  const texts = new Set(['', '0', '00', '01', '1', '9'.repeat(78), '9'.repeat(79), '1'.repeat(500), '1'.repeat(501)]);
  for (let n = 0; n < 20_000; n++) texts.add(Array.from({ length: 1 + random.below(3) }, field).join('\t'));
  const keys = new Set([...texts].map((text) => keyBytes(text).toString('hex')));
  expect(keys.size, `seed ${seed}`).toBe(texts.size);
  for (const key of keys) expect(key.length, `seed ${seed}`).toBeGreaterThan(0);
});
