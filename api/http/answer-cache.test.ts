import { expect, it } from 'vitest';
import { AnswerCache } from './answer-cache.ts';

it('lets go of the value not used for longest when there are too many bytes', () => {
  const cache = new AnswerCache<{ text: string }>(1000);
  for (const key of ['a', 'b', 'c', 'd']) {
    cache.set(key, { text: 'x'.repeat(100) });
    cache.get('a');
  }
  for (const key of ['e', 'f']) cache.set(key, { text: 'x'.repeat(100) });
  expect(cache.get('b')).toBeUndefined();
  expect(cache.get('c')).toBeUndefined();
  expect(['a', 'd', 'e', 'f'].map((key) => cache.get(key)?.text.length)).toEqual([100, 100, 100, 100]);
});

it('keeps no value that would push out most others', () => {
  const cache = new AnswerCache<{ text: string }>(1000);
  cache.set('a', { text: 'x' });
  cache.set('b', { text: 'x'.repeat(400) });
  expect(cache.get('b')).toBeUndefined();
  expect(cache.get('a')).toBeDefined();
});
