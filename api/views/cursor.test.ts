import { expect, it } from 'vitest';
import { cursorText, questionMark, readCursor } from './cursor.ts';

const mark = questionMark('["orders",{"user_id":["7"]}]');
const cursor = { watermark: '4711', keys: ['12', "a'b ü"] };

it('comes back as it was', () => {
  const text = cursorText(cursor, mark);
  expect(text).toMatch(/^[\w-]+$/);
  expect(readCursor(text, mark, 2)).toEqual(cursor);
});

it('is of its own question alone', () => {
  const text = cursorText(cursor, mark);
  expect(readCursor(text, questionMark('["orders",{"user_id":["8"]}]'), 2)).toBe('foreign');
  expect(readCursor(text, mark, 1)).toBe('foreign');
});

it('takes nothing that it did not write', () => {
  const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  for (const text of [
    '',
    'x',
    '%00',
    made({}),
    made([2, '1', mark, ['1', '2']]),
    made([1, '-1', mark, ['1', '2']]),
    made([1, 1, mark, ['1', '2']]),
    made([1, '1', mark, [1, 2]]),
    made([1, '1', mark, 'ab']),
    made([1, '99999999999999999999', mark, ['1', '2']]),
  ]) {
    expect(readCursor(text, mark, 2), text).toBe('malformed');
  }
});
