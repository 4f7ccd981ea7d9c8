import { expect, test } from 'vitest';
import { type Partition, partitionChange } from './partition-change.ts';

const leaf = (oid: number, more: Partial<Partition> = {}): Partition => ({
  oid,
  storage: `node ${oid}`,
  attachedBy: '700',
  madeBy: '700',
  ...more,
});
const KNOWN = [leaf(1), leaf(2), leaf(3, { storage: null })];
const UNCHANGED = { rows: false, look: [] };

test.each<[string, Partition[], ReturnType<typeof partitionChange>]>([
  ['the same, in another order', [leaf(3, { storage: null }), leaf(2), leaf(1)], UNCHANGED],
  ['one less', [leaf(1), leaf(3, { storage: null })], { rows: true, look: [] }],
  ['one that was truncated', [leaf(1, { storage: 'other' }), ...KNOWN.slice(1)], { rows: true, look: [] }],
  ['one that was a table before', [...KNOWN, leaf(4, { madeBy: '600' })], { rows: true, look: [] }],
  ['one that is new', [...KNOWN, leaf(4, { storage: '4' })], { rows: false, look: [leaf(4, { storage: '4' })] }],
  ['a new one between root and leaves', [...KNOWN, leaf(4, { storage: null })], UNCHANGED],
  ['a whole branch', [...KNOWN, leaf(4, { storage: null, madeBy: '1' }), leaf(5)], { rows: true, look: [] }],
])('%s', (_what, now, change) => {
  expect(partitionChange(KNOWN, now)).toEqual(change);
});
