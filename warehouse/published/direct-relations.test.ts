import { expect, test } from 'vitest';
import { type DirectView, directRelations, directView } from './direct-relations.ts';

const REFUSES =
  "(SELECT throwIf(max(r.watermark) > {watermark:UInt64}, 'MR-PUBLISHED-001: this watermark is behind') FROM millrace.readable_from AS r WHERE r.store_table IN ('', 'cube__g3')) = 0";
const folded = (watermark: string) =>
  `(SELECT max(horizon) FROM millrace.folds WHERE (store_table = 'cube__g3') AND (horizon <= ${watermark}))`;
const parts = (watermark: string) =>
  `SELECT * FROM (SELECT day, n FROM store.cube__g3 WHERE (_folded AND (_batch = ${folded(watermark)})) OR ((NOT _folded) AND (_batch >= ${folded(watermark)}) AND (_batch <= ${watermark}))) WHERE ${REFUSES}`;
const ASKED = '{watermark:UInt64}';

function relationsOf(asSelect: string, states: { readable?: [string, bigint][]; folds?: bigint[] } = {}) {
  return directRelations(new Map([['cube_parts_at', directView(asSelect) as DirectView]]), {
    readableFrom: new Map(states.readable ?? []),
    folds: new Map([['cube__g3', states.folds ?? []]]),
  });
}

test('a view becomes what it reads, with the last fold at or before the watermark', () => {
  const relations = relationsOf(parts(ASKED), { folds: [1000n, 3000n, 2000n] });
  const rows = (fold: number) =>
    `SELECT day, n FROM store.cube__g3 WHERE (_folded AND (_batch = ${fold})) OR ((NOT _folded) AND (_batch >= ${fold}) AND (_batch <= {watermark:UInt64}))`;
  expect(relations.at('cube_parts_at', 2999n)).toBe(rows(2000));
  expect(relations.at('cube_parts_at', 3000n)).toBe(rows(3000));
  expect(relations.at('cube_parts_at', 999n)).toBe(rows(0));
});

test('a model that stopped has no folds behind its last watermark', () => {
  const relations = relationsOf(parts(`least(${ASKED}, toUInt64(2500))`), { folds: [2000n, 3000n] });
  expect(relations.at('cube_parts_at', 9000n)).toContain('(_batch = 2000)');
});

test('the view itself is read where it refuses the watermark', () => {
  const all = relationsOf(parts(ASKED), { readable: [['', 10n]] });
  expect(all.at('cube_parts_at', 9n)).toBeNull();
  expect(all.at('cube_parts_at', 10n)).not.toBeNull();
  const own = relationsOf(parts(ASKED), {
    readable: [
      ['', 1n],
      ['cube__g3', 10n],
      ['cube__g2', 99n],
    ],
  });
  expect(own.at('cube_parts_at', 9n)).toBeNull();
  expect(own.at('cube_parts_at', 10n)).not.toBeNull();
});

test.each([
  ['refuses nothing', 'SELECT day FROM store.cube__g3 WHERE {watermark:UInt64} >= 0'],
  ['shows a former state too', `${parts(ASKED)} UNION ALL SELECT * FROM store.cube_before_7(watermark = ${ASKED})`],
  [
    'reads something besides',
    parts(ASKED).replace('(_batch <= ', '(_batch IN (SELECT batch FROM millrace.x)) AND (_batch <= '),
  ],
  ['reads another table than it asks about', parts(ASKED).replace('FROM store.cube__g3', 'FROM store.cube__g4')],
  ['is a join', parts(ASKED).replace('FROM store.cube__g3', 'FROM store.cube__g3, store.cube__g4')],
])('a view that %s is left as it is', (_, asSelect) => {
  expect(directView(asSelect)).toBeNull();
});

test('what is no view of a model is left as it is', () => {
  expect(relationsOf(parts(ASKED)).at('other_at', 5n)).toBeNull();
});
