import { expect, it } from 'vitest';
import { bucketingOf, layersOf, piecesOf, runsOf } from './windows.ts';

const windows = (...ends: [number, number][]) => ends.map(([from, to]) => ({ from, to }));

it('puts windows that overlap into different layers, and each once', () => {
  const january = { from: 0, to: 30 };
  const cut = { from: 14, to: 30 };
  const february = { from: 31, to: 58 };
  expect(layersOf([cut, february, january, february])).toEqual([[january, february], [cut]]);
});

it('sees where windows follow one another, and where there is a gap', () => {
  expect(runsOf(windows([0, 9], [10, 19], [25, 30]))).toEqual(windows([0, 19], [25, 30]));
});

it('counts where all windows are of one length, and looks up where not', () => {
  expect(bucketingOf(windows([-14, -8], [-7, -1], [14, 20]))).toEqual({ first: -14, length: 7 });
  expect(bucketingOf(windows([0, 6], [8, 14]))).toEqual({ starts: [0, 8] });
  expect(bucketingOf(windows([0, 30], [31, 58]))).toEqual({ starts: [0, 31] });
});

it('cuts what windows cover at every end, and leaves out what none covers', () => {
  expect(piecesOf(windows([0, 9], [5, 9], [20, 29]))).toEqual(windows([0, 4], [5, 9], [20, 29]));
  expect(piecesOf([])).toEqual([]);
});
