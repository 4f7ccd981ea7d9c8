import { expect, test } from 'vitest';
import { captureStateJson, readCaptureState, readWatermark, type Watermark, watermarkJson } from './watermark.ts';

const watermark: Watermark = {
  source: 'order',
  epoch: 2,
  position: {
    lsn: 0x16_b374d848n,
    committedAtMicros: 1_795_228_278_091_557n,
    caughtUpAtMicros: 1_795_228_278_999_999n,
  },
  through: (2n << 96n) | (0x16_b374d800n << 32n) | 7n,
  offsets: { 'order.orders': [12n, 0n, 9_007_199_254_740_993n] },
  snapshotOffsets: { 'order.orders': [3n, 0n, 1n] },
  shapes: { 'order.orders': { relation: '0123456789abcdef', number: 3 } },
  state: { snapshotLsn: 0x10n, consistentLsn: null, copying: ['public.orders'], behind: ['public.late'] },
};

test('reads what it wrote, with every digit', () => {
  expect(readWatermark(JSON.parse(JSON.stringify(watermarkJson(watermark))))).toEqual(watermark);
  const early = { ...watermark, position: null, state: null };
  expect(readWatermark(JSON.parse(JSON.stringify(watermarkJson(early))))).toEqual(early);
});

test('keeps what capture remembers as it was given', () => {
  const state = { epoch: 3, snapshotLsn: 5n, consistentLsn: 9n, copying: [], snapshot: { format: 1, tables: {} } };
  expect(readCaptureState(JSON.parse(JSON.stringify(captureStateJson(state))))).toEqual(state);
});
