import { expect, test } from 'vitest';
import { FIELD_NULL, FIELD_TEXT, type Tuple } from '../../../changelog/change.ts';
import { RowIdWriter } from './row-id-writer.ts';

function tupleOf(values: readonly (string | null)[], before = 'head'): Tuple {
  const kinds = new Uint8Array(values.length);
  const starts = new Int32Array(values.length);
  const ends = new Int32Array(values.length);
  let text = before;
  values.forEach((value, i) => {
    kinds[i] = value === null ? FIELD_NULL : FIELD_TEXT;
    starts[i] = text.length;
    text += value ?? '';
    ends[i] = text.length;
    text += '|';
  });
  return { bytes: Buffer.from(text, 'latin1'), length: values.length, kinds, starts, ends };
}

function fieldsOf(tuple: Tuple): (string | null)[] {
  return Array.from({ length: tuple.length }, (_, i) =>
    tuple.kinds[i] === FIELD_NULL ? null : tuple.bytes.toString('latin1', tuple.starts[i], tuple.ends[i]),
  );
}

test('adds the place of the insert and leaves the values as they are', () => {
  const ids = new RowIdWriter(1);
  const id = '00000001.00000000016b3748.00000003';
  expect(fieldsOf(ids.add(tupleOf(['a', null, '', 'é']), 0x16b3748n, 3))).toEqual(['a', null, '', 'é', id]);
  expect(fieldsOf(ids.add(tupleOf([]), 0x16b3748n, 3))).toEqual([id]);
  expect(fieldsOf(ids.add(tupleOf([null]), 0xffff_ffff_ffff_ffffn, 0xffffffff))).toEqual([
    null,
    '00000001.ffffffffffffffff.ffffffff',
  ]);
});

test('takes a large row, and does not keep its room', () => {
  const ids = new RowIdWriter(2);
  const large = 'x'.repeat(3 << 20);
  expect(fieldsOf(ids.add(tupleOf([large]), 1n, 1))[0]).toBe(large);
  expect(ids.add(tupleOf(['small']), 1n, 2).bytes.length).toBeLessThan(1 << 20);
});
