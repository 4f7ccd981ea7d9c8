import { expect, test } from 'vitest';
import type { Relation } from '../../change.ts';
import { DEFAULT_ENVELOPE } from '../envelope/envelope-options.ts';
import { relationKey } from '../relation-record.ts';
import { createLoadedRelations } from './loaded-relations.ts';

/** Rows of a build are met in the order of their versions, and those of a later snapshot ahead of them. */
async function meet(ids: readonly string[], options: { keepsOld: boolean; lastExchanged: string | null }) {
  const relation = { source: 's', schema: 'public', table: 't', oid: 1, columns: [], key: [] } as unknown as Relation;
  const records = new Map(
    ['first', 'second'].map((id) => {
      const build = { id, keepsOld: options.keepsOld };
      return [relationKey('s', id), { id, topic: 's.t', relation, build, format: DEFAULT_ENVELOPE }] as const;
    }),
  );
  const done: string[] = [];
  const relations = createLoadedRelations({
    source: 's',
    topic: { load: async () => new Map<string, unknown>(records), put: async () => 0n },
    destination: {
      prepare: async () => void done.push('replica'),
      rebuild: async (_relation, { id }) => void done.push(id),
    },
    isExchanged: async (_table, build) => build === options.lastExchanged,
    onTableFailure: async () => {},
  });
  const of = { table: '' };
  for (const id of ids) if ((await relations.again(id, of))?.isFailed === true) done.push(`no rows of ${id}`);
  return done;
}

test('rows of a build that another one has taken over from do not begin it again: the other would lose what it has', async () => {
  const ids = ['second', 'first', 'second'];
  expect(await meet(ids, { keepsOld: true, lastExchanged: null })).toEqual(['second', 'replica', 'second']);
  expect(await meet(ids, { keepsOld: false, lastExchanged: null })).toEqual(['second', 'no rows of first', 'second']);
});

test('a build that ended is made, also when another one was begun since', async () => {
  const ids = ['first', 'second'];
  expect(await meet(ids, { keepsOld: true, lastExchanged: 'first' })).toEqual(ids);
});
