import { expect, it, test } from 'vitest';
import type { ApiKey } from '../../warehouse/access/api-keys.ts';
import { judgeKey } from './judge-key.ts';
import { newKeyId, newSecret, parseKey } from './key-secret.ts';

const own = newSecret('abcdefghij');
const former = newSecret('abcdefghij');
const secretOf = (key: string) => parseKey(key)?.secret ?? '';
const KEY: ApiKey = {
  id: 'abcdefghij',
  name: 'test',
  hash: own.hash,
  formerHash: '',
  formerUntilMs: null,
  scopes: ['reports'],
  filters: {},
  requestsPerMinute: null,
  createdAtMs: 0,
  expiresAtMs: null,
  revokedAtMs: null,
};

test('a key is of ours when it has our form, and no two are the same', () => {
  expect(parseKey(own.key)).toEqual({ id: 'abcdefghij', secret: expect.stringMatching(/^.{43}$/) });
  for (const text of ['', 'mr_', own.key.slice(0, -1), `${own.key}x`, own.key.toUpperCase(), ` ${own.key}`]) {
    expect(parseKey(text)).toBeNull();
  }
  expect(newKeyId()).toMatch(/^[a-z0-9]{10}$/);
  expect(own.key).not.toBe(former.key);
});

it('takes the own secret, and no other', () => {
  expect(judgeKey(KEY, secretOf(own.key), 1)).toBe('right');
  expect(judgeKey(KEY, secretOf(former.key), 1)).toBe('wrong');
  expect(judgeKey(undefined, secretOf(own.key), 1)).toBe('wrong');
  // What no secret hashes to must not be met by the lack of a former one.
  expect(judgeKey(KEY, '', 1)).toBe('wrong');
});

it('takes the former secret until its time is over', () => {
  const rotated = { ...KEY, formerHash: former.hash, formerUntilMs: 100 };
  expect(judgeKey(rotated, secretOf(former.key), 99)).toBe('right');
  expect(judgeKey(rotated, secretOf(former.key), 100)).toBe('expired');
  expect(judgeKey(rotated, secretOf(own.key), 100)).toBe('right');
});

it('tells expired from wrong only to whoever has the secret', () => {
  const expired = { ...KEY, expiresAtMs: 50 };
  expect(judgeKey(expired, secretOf(own.key), 50)).toBe('expired');
  expect(judgeKey(expired, secretOf(former.key), 50)).toBe('wrong');
  expect(judgeKey({ ...KEY, revokedAtMs: 10 }, secretOf(own.key), 5)).toBe('wrong');
});
