import { expect, test } from 'vitest';
import { nearestXid8 } from './visible-transaction.ts';

test.each([
  { xid: 740, near: 741n, full: 740n },
  { xid: 741, near: 741n, full: 741n },
  { xid: 745, near: 741n, full: 745n },
  // The counter has gone round in between, in either order.
  { xid: 0xffff_fff0, near: 0x1_0000_0003n, full: 0xffff_fff0n },
  { xid: 3, near: 0x1_ffff_fff0n, full: 0x2_0000_0003n },
  { xid: 0xffff_ffff, near: 0x7_ffff_ffffn, full: 0x7_ffff_ffffn },
])('completes xid $xid near $near', ({ xid, near, full }) => {
  expect(nearestXid8(xid, near)).toBe(full);
});
