import { expect, test } from 'vitest';
import { judgeLog } from './log-identity.ts';

const WHOLE = {
  inStates: { id: 'a' },
  inWatermarks: { id: 'a' },
  hasState: true,
  hasWatermark: true,
  remembered: ['shop.orders'],
  recorded: new Set(['shop.orders', 'shop.items']),
};

function judge(changed: Partial<Parameters<typeof judgeLog>[0]>): string {
  return judgeLog({ ...WHOLE, ...changed }).kind;
}

test('takes a log that is whole, and one that is new', () => {
  expect(judge({})).toBe('whole');
  // Ended between its first state and its first watermark.
  expect(judge({ hasWatermark: false })).toBe('whole');
  const none = { inStates: undefined, inWatermarks: undefined, hasState: false, hasWatermark: false };
  expect(judge({ ...none, remembered: [] })).toBe('nameless');
  expect(judge({ ...none, hasState: true, hasWatermark: true })).toBe('nameless');
});

test('tells what was lost', () => {
  expect(judge({ inWatermarks: undefined, hasWatermark: false })).toBe('incomplete');
  expect(judge({ inWatermarks: { id: 'b' } })).toBe('incomplete');
  expect(judge({ recorded: new Set() })).toBe('incomplete');
  expect(judge({ inStates: undefined, hasState: false, remembered: [] })).toBe('gone');
});
