import { setTimeout as sleep } from 'node:timers/promises';
import { quoteIdentifier } from '../clickhouse/quote.ts';
import { type LoadedPosition, readPositions } from '../load/positions/loaded-position.ts';
import { applyJournals, streamLines } from './journal.ts';
import type { Engine, SourceTable } from './maintain/tables.ts';
import type { RowStore } from './rows/row-store.ts';
import type { PublishedPosition } from './store/watermarks.ts';

const ROWS_PER_TRANSACTION = 50_000;
const POLL_MS = 200;

/**
 * Reads source tables from their replicas into empty tables of the row store, while loading goes on. Answers how many
 * rows there were and the position whose state they are; rejects when the signal aborts.
 */
export async function fillSources(options: {
  engine: Engine;
  tables: readonly SourceTable[];
  store: RowStore;
  signal: AbortSignal;
}): Promise<{ rows: number; positions: LoadedPosition[] }> {
  const { engine, tables, store, signal } = options;
  const before = await readPositions(engine.client);
  let rows = 0;
  for (const table of tables) rows += await fillFromReplica(engine, table, store, signal);
  // What was read may contain changes behind the position at which reading began, even parts of later transactions.
  // Applying every change up to a position that covers all of them makes it the state at exactly that position.
  const positions = await waitUntilCovered(engine, tables, signal);
  await store.transaction(async () => {
    const ranges = tables.map((table) => ({
      table,
      range: { from: floorOf(before, table.source), to: floorOf(positions, table.source) },
    }));
    await applyJournals({ client: engine.client, tables: ranges, onChange: () => {} });
    return null;
  });
  return { rows, positions };
}

async function fillFromReplica(
  engine: Engine,
  table: SourceTable,
  store: RowStore,
  signal: AbortSignal,
): Promise<number> {
  const columns = table.columns.map((column) => quoteIdentifier(column.name)).join(', ');
  // As the row store wants them; the replica has them in this order.
  const key = table.rows.shape.key
    .map((index) => quoteIdentifier(table.rows.shape.columns[index] as string))
    .join(', ');
  const replica = `raw.${quoteIdentifier(table.replica)}`;
  const lines = streamLines(engine.client, `select ${columns} from ${replica} final order by ${key}`);
  let rows = 0;
  for (let done = false; !done; ) {
    await store.transaction(async () => {
      for (let i = 0; i < ROWS_PER_TRANSACTION; i++) {
        const next = await lines.next();
        if (next.done === true) {
          done = true;
          break;
        }
        table.rows.put(next.value);
        rows++;
      }
      return null;
    });
    signal.throwIfAborted();
  }
  return rows;
}

/** Waits until every version that the replicas hold now lies below its source's recorded position. */
async function waitUntilCovered(
  engine: Engine,
  tables: readonly SourceTable[],
  signal: AbortSignal,
): Promise<LoadedPosition[]> {
  const highest = new Map<string, bigint>();
  for (const table of tables) {
    const result = await engine.client.query({
      query: `select toString(max(_version)) as version from raw.${quoteIdentifier(table.replica)}`,
      format: 'JSONEachRow',
    });
    const [row] = await result.json<{ version: string }>();
    const version = BigInt(row?.version ?? 0);
    if (version > (highest.get(table.source) ?? 0n)) highest.set(table.source, version);
  }
  for (;;) {
    const positions = await readPositions(engine.client);
    const covered = [...highest].every(([source, version]) => version <= BigInt(floorOf(positions, source)));
    if (covered && positions.every((position) => position.consistent)) return positions;
    await sleep(POLL_MS, undefined, { signal });
  }
}

export function floorOf(positions: readonly PublishedPosition[], source: string): string {
  return positions.find((position) => position.source === source)?.floor ?? '0';
}
