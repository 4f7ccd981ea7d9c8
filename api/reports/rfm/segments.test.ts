import { expect, test } from 'vitest';
import { cellNumber, cellsOf, RFM_SEGMENTS, SEGMENTS_TEXT, segmentOf } from './segments.ts';

test('each of the 125 cells is in one segment, and each segment has some', () => {
  const cells = RFM_SEGMENTS.flatMap(cellsOf);
  expect(cells.length).toBe(125);
  expect(new Set(cells).size).toBe(125);
  for (const segment of RFM_SEGMENTS) expect(cellsOf(segment), segment).not.toEqual([]);
});

test('the text says what the grid does', () => {
  const said = new Map<string, string>();
  for (const [, segment = '', places = ''] of SEGMENTS_TEXT.matchAll(/(\w+) \((R\d[^)]*)\)/g)) {
    for (const place of places.split(', ')) {
      const [, r = '', rTo = r, fm = '', fmTo = fm] = /^R(\d)(?:-(\d))? FM(\d)(?:-(\d))?$/.exec(place) ?? [];
      for (let recency = Number(r); recency <= Number(rTo); recency++) {
        for (let worth = Number(fm); worth <= Number(fmTo); worth++) said.set(`${recency} ${worth}`, segment);
      }
    }
  }
  expect(said.size).toBe(25);
  for (const [place, segment] of said) {
    const [recency, worth] = place.split(' ').map(Number) as [number, number];
    expect(segmentOf({ recency, frequency: worth, monetary: worth }), place).toBe(segment);
  }
});

test('a half between frequency and monetary value counts up', () => {
  expect(segmentOf({ recency: 5, frequency: 5, monetary: 2 })).toBe('champions');
  expect(segmentOf({ recency: 5, frequency: 4, monetary: 2 })).toBe('potential_loyalists');
  expect(cellNumber({ recency: 5, frequency: 4, monetary: 2 })).toBe(542);
});
