import { expect, test } from 'vitest';
import type { ErrorDefinition } from '../../../runtime/errors.ts';
import type { Relation } from '../../change.ts';
import { BuildSuperseded, TableFailure } from '../../table-failure.ts';
import type { LoadedRelation } from './loaded-relations.ts';
import type { RowMessage } from './row-message.ts';
import { createSnapshotRows } from './snapshot-rows.ts';

const REFUSED: ErrorDefinition = { code: 'REFUSED', cause: 'a test', remedy: 'none', policy: 'operator' };
const relation = { schema: 'public', table: 't' } as Relation;
const message = { version: { epoch: 1, commitLsn: 1n, ordinal: 0 } } as RowMessage;

function relationOf(): LoadedRelation {
  return { id: 'r', relation, record: { build: null }, row: { after: () => null }, isFailed: false } as never;
}

/** A destination that takes no block. */
async function flushed(failure: Error): Promise<{ of: LoadedRelation; told: Error[] }> {
  const told: Error[] = [];
  const rows = createSnapshotRows({
    destination: {
      openSnapshotBlock: () => ({ row: () => {}, bytes: 1 }) as never,
      writeSnapshot: () => Promise.reject(failure),
    },
    mayWrite: async () => {},
    onTableFailure: async (_relation, failure) => void told.push(failure),
  });
  const of = relationOf();
  await rows.add(of, message);
  await rows.flush();
  return { of, told };
}

test('a block that the table refuses is told of before its rows count as loaded', async () => {
  const failure = new TableFailure(REFUSED, 't');
  const { of, told } = await flushed(failure);
  expect(told).toEqual([failure]);
  expect(of.isFailed).toBe(true);
});

test('a block of a build that another one has taken the place of is dropped', async () => {
  const { of, told } = await flushed(new BuildSuperseded(REFUSED, 't'));
  expect(told).toEqual([]);
  expect(of.isFailed).toBe(false);
});

test('what is not of the table ends the loading', async () => {
  await expect(flushed(new Error('the server is gone'))).rejects.toThrow('the server is gone');
});

// A loader that was frozen, and woke, put rows back that were deleted while another one built their table anew.
test('no block is written while the table may be another loader’s', async () => {
  const written: unknown[] = [];
  const rows = createSnapshotRows({
    destination: {
      openSnapshotBlock: () => ({ row: () => {}, bytes: 1 }) as never,
      writeSnapshot: async (block) => void written.push(block),
    },
    mayWrite: () => Promise.reject(new Error('given up')),
    onTableFailure: async () => {},
  });
  await rows.add(relationOf(), message);
  await expect(rows.flush()).rejects.toThrow('given up');
  expect(written).toEqual([]);
});
