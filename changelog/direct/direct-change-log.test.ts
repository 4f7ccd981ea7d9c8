import { expect, test } from 'vitest';
import type { Relation } from '../change.ts';
import type { Destination, SnapshotBlock, SourceDestination } from '../destination.ts';
import { createDirectChangeLog } from './direct-change-log.ts';

const relation: Relation = { oid: 1, source: 's', schema: 'public', table: 't', columns: [], keyColumns: [] };
const state = { epoch: 1, snapshotLsn: 100n, consistentLsn: null, snapshot: null };
const build = { id: 'build', keepsOld: false };

/** A destination in which everything goes on until the test ends it. */
function slowDestination() {
  const running = new Map<string, () => void>();
  let opened = 0;
  const start = (name: string) => () => new Promise<void>((resolve) => running.set(name, resolve));
  const source: Partial<SourceDestination> = {
    state,
    reachedLsn: 0n,
    saveState: start('saveState'),
    prepare: start('prepare'),
    rebuild: start('rebuild'),
    writeSnapshot: start('writeSnapshot'),
    openSnapshotBlock: (of, version): SnapshotBlock => ({
      relation: of,
      version,
      bytes: 1,
      rows: 1,
      row() {},
      line: null,
    }),
    endWaiting() {},
  };
  const destination: Destination = {
    async openSource() {
      opened++;
      return source as SourceDestination;
    },
    async close() {},
  };
  return { destination, running, opened: () => opened };
}

// What the former opening still had on its way dropped and made tables under the next one.
test('a log is opened anew when all that the former one began in the destination has ended', async () => {
  const { destination, running, opened } = slowDestination();
  const log = createDirectChangeLog({ destination });
  const former = await log.openSource('s');
  const begun = [
    former.saveState(state),
    former.defineRelation(relation),
    former.rebuild(relation, build),
    former.openChunk(relation).done(),
  ];
  await expect.poll(() => running.size).toBe(4);
  const next = log.openSource('s');
  for (const [name, end] of running) {
    await new Promise((resolve) => setImmediate(resolve));
    expect(opened(), `before the end of ${name}`).toBe(1);
    end();
  }
  await next;
  await Promise.all(begun);
  expect(opened()).toBe(2);
});

test('a log that was opened anew takes nothing through its former opening', async () => {
  const { destination, running } = slowDestination();
  const log = createDirectChangeLog({ destination });
  const former = await log.openSource('s');
  const chunk = former.openChunk(relation);
  await log.openSource('s');
  await expect(former.saveState(state)).rejects.toThrow('closed');
  await expect(former.defineRelation(relation)).rejects.toThrow('closed');
  await expect(former.rebuild(relation, build)).rejects.toThrow('closed');
  await expect(former.exchange(relation, build, 1n)).rejects.toThrow('closed');
  await expect(chunk.done()).rejects.toThrow('closed');
  expect(running.size).toBe(0);
});
