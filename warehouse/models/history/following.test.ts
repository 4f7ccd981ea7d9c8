import { expect, test } from 'vitest';
import type { TableVersion } from '../versions/deployment.ts';
import { followedAs, following, toJoin } from './following.ts';
import type { PlacedHistory } from './placed-history.ts';

const model = { name: 'customers_history', uniqueKey: ['id'], maintenance: null, description: '' };
const history: PlacedHistory = {
  strategy: 'history',
  id: 'customers_history__versions',
  model,
  relation: 'customers',
  checked: null,
  validFrom: 'valid_from',
  validTo: 'valid_to',
};
const versionOf = (id: string): TableVersion => ({
  hash: '',
  placed: { strategy: 'static', id, model: { ...model, name: 'customers' }, sql: '' },
});
const stateOf = (followed?: string) => ({ followed: followed === undefined ? {} : { [history.id]: followed } });
const at = (live: readonly TableVersion[], followed?: string, stopped: readonly string[] = []) => {
  const standing = { histories: [history], live, state: stateOf(followed) };
  return {
    follows: following(standing).map(({ table }) => table),
    joins: toJoin({ ...standing, stopped: new Set(stopped) }).map(({ table }) => table),
  };
};
const first = [versionOf('customers__g1')];

test('a history joins the table that readers see, then follows it', () => {
  expect(at(first)).toEqual({ follows: [], joins: ['customers__g1'] });
  expect(at(first, followedAs(history, 'customers__g1'))).toEqual({ follows: ['customers__g1'], joins: [] });
});

test('it joins again when readers see another table, or when other columns are checked', () => {
  const followed = followedAs(history, 'customers__g1');
  expect(at([versionOf('customers__g2')], followed)).toEqual({ follows: [], joins: ['customers__g2'] });
  expect(at(first, followedAs({ ...history, checked: ['name'] }, 'customers__g1')).joins).toEqual(['customers__g1']);
});

test('it waits while it, or its table, is stopped, and where there is no table', () => {
  expect(at(first, undefined, [history.id])).toEqual({ follows: [], joins: [] });
  expect(at(first, undefined, ['customers__g1'])).toEqual({ follows: [], joins: [] });
  expect(at([])).toEqual({ follows: [], joins: [] });
});
