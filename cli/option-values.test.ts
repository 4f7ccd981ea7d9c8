import { expect, test } from 'vitest';
import { parseAddress, parseRewindPoint } from './option-values.ts';

test('reads a point of the change log in each of its forms', () => {
  expect(parseRewindPoint('beginning')).toBe('beginning');
  expect(parseRewindPoint('16/B374D848')).toEqual({ lsn: 0x16_b374d848n });
  const timeMs = Date.UTC(2026, 10, 21, 14);
  expect(parseRewindPoint('2026-11-21T14:00:00Z')).toEqual({ timeMs });
  expect(parseRewindPoint('2026-11-21 14:00')).toEqual({ timeMs });
  expect(parseRewindPoint('2026-11-21T15:00:00.000+01:00')).toEqual({ timeMs });
  expect(parseRewindPoint('2026-11-21')).toEqual({ timeMs: Date.UTC(2026, 10, 21) });
});

test('refuses what is none', () => {
  for (const text of ['', 'yesterday', '12', 'G/1', '2026-13-01', '2026-11-21T25:00:00Z', '/1']) {
    expect(() => parseRewindPoint(text), text).toThrow('is expected');
  }
});

test('reads an address to listen at', () => {
  expect(parseAddress('9464')).toEqual({ host: '127.0.0.1', port: 9464 });
  expect(parseAddress('0.0.0.0:9464')).toEqual({ host: '0.0.0.0', port: 9464 });
  expect(parseAddress('[::]:0')).toEqual({ host: '::', port: 0 });
  for (const text of ['', ':9464', 'localhost', '::1:80', 'a b:1', '1:65536']) {
    expect(() => parseAddress(text), text).toThrow('is expected');
  }
});
