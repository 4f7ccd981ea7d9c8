import type { ClickHouseClient } from '@clickhouse/client';
import { formatLsn } from '../../changelog/lsn.ts';
import type { SourceRows, SourceTable } from '../../changelog/source-rows.ts';
import { versionFloor } from '../../changelog/version.ts';
import { candidateKeys, countRows, keysAhead } from './candidates.ts';
import { type ComparedReplica, comparedReplica } from './compared-replica.ts';
import { VERIFY_ERRORS } from './errors.ts';
import type { Key } from './look.ts';
import type { Pace } from './pace.ts';
import { positionReached } from './position-reached.ts';
import { refusedComparison } from './refused-comparison.ts';
import { type Example, MAX_EXAMPLES, outcomeOf, type Verification } from './result.ts';
import { createScratchTable, type ScratchTable, scratchSink } from './scratch-table.ts';
import { type Settled, type SettleOptions, settleKeys } from './settle-keys.ts';
import { createSettledFence } from './settled-fence.ts';
import { verifyRowsWithoutKey } from './verify-rows-without-key.ts';

/** Keys looked at together. */
const KEYS_PER_LOOK = 1_000;

export interface VerifyTableOptions {
  readonly client: ClickHouseClient;
  readonly source: SourceRows;
  readonly table: SourceTable;
  readonly repair: boolean;
  readonly showValues: boolean;
  readonly pace: Pace;
  readonly signal: AbortSignal;
}

/** Everything that comparing one table came to, but for what all results have. */
export type Compared = Settled & Pick<Verification, 'position' | 'rows' | 'found' | 'rejected'>;

/**
 * Compares a table with its replica, row by row. What cannot be compared now is a result too; rejects when the warehouse
 * does not answer, or the signal aborts.
 */
export async function verifyTable(options: VerifyTableOptions): Promise<Verification> {
  const { client, table, signal } = options;
  const { relation } = table;
  const startedAtMs = Date.now();
  const known = {
    kind: 'replica' as const,
    source: relation.source,
    name: `${table.schema}.${table.table}`,
    notes: table.protectedColumns.map(({ column, as }) => NOTES[as](column)),
    startedAtMs,
  };
  const nothing = {
    position: '',
    rows: 0,
    found: 0,
    differing: 0,
    repaired: 0,
    undecided: 0,
    rejected: 0,
    examples: [],
  };
  try {
    if (table.unreadable !== null) {
      return { ...known, ...nothing, ...table.unreadable, outcome: 'skipped', seconds: since(startedAtMs) };
    }
    const replica = await comparedReplica(client, relation);
    const compared =
      relation.hasRowId === true
        ? await verifyRowsWithoutKey({ ...options, replica })
        : await compare(options, replica);
    const outcome = outcomeOf(compared);
    const error =
      outcome === 'differs' ? VERIFY_ERRORS.rowsDiffer : outcome === 'undecided' ? VERIFY_ERRORS.undecided : null;
    const code = error?.code ?? '';
    return { ...known, ...compared, outcome, code, detail: error?.cause ?? '', seconds: since(startedAtMs) };
  } catch (error) {
    const refused = signal.aborted ? null : refusedComparison(error);
    if (refused === null) throw error;
    return { ...known, ...nothing, ...refused, outcome: 'skipped', seconds: since(startedAtMs) };
  }
}

const NOTES = {
  'left out': (column: string) => `${column} is left out of the replica and was not compared`,
  masked: (column: string) => `${column} is masked: that it is, was compared`,
  hashed: (column: string) => `${column} is compared by its hash`,
};

async function compare(options: VerifyTableOptions, replica: ComparedReplica): Promise<Compared> {
  const { client, source, table, signal } = options;
  const fence = createSettledFence();
  fence.observe(await source.moment());
  const scratch: ScratchTable[] = [];
  const create = async (content: 'hashes' | 'rows' | 'keys'): Promise<ScratchTable> => {
    const created = await createScratchTable(client, replica, content);
    scratch.push(created);
    return created;
  };
  try {
    const hashes = await create('hashes');
    const { rows, rejected } = await readHashes(options, replica, hashes);
    const position = formatLsn(await source.endLsn());
    const found = await countRows(client, replica);
    let tables: SettleOptions['scratch'] | null = null;
    const total = { differing: 0, repaired: 0, undecided: 0 };
    const examples: Example[] = [];
    const settle = async (keys: readonly Key[]): Promise<void> => {
      tables ??= { rows: await create('rows'), keys: await create('keys') };
      const settled = await settleKeys({ ...options, replica, scratch: tables, fence, keys });
      for (const name of ['differing', 'repaired', 'undecided'] as const) total[name] += settled[name];
      examples.push(...settled.examples.slice(0, MAX_EXAMPLES - examples.length));
    };
    await inPages(candidateKeys({ client, replica, hashes, rows: Math.max(rows, found) }), settle);
    // Rows that are right by chance, or gone, and would win against what is to come.
    const epoch = await positionReached({ client, source: table.relation.source, lsn: 0n, signal });
    const ahead = await keysAhead(client, replica, versionFloor(epoch, await source.endLsn()));
    await inPages([ahead], settle);
    return { ...total, examples, rows, rejected, found, position };
  } finally {
    for (const table of scratch) await table.drop();
  }
}

/** Every row that the source has, as key and hash. */
async function readHashes(
  { client, source, table, pace }: VerifyTableOptions,
  replica: ComparedReplica,
  into: ScratchTable,
): Promise<{ rows: number; rejected: number }> {
  const { relation } = table;
  const total = { rows: 0, rejected: 0 };
  for (const chunk of await source.chunks(table)) {
    const { rows, rejected } = await pace.work(async () => {
      const sink = scratchSink({ client, relation, replica, into, content: 'hashes' });
      await source.copy(table, chunk, sink);
      return sink.done();
    });
    total.rows += rows;
    total.rejected += rejected;
  }
  return total;
}

async function inPages(
  found: AsyncIterable<readonly Key[]> | Iterable<readonly Key[]>,
  each: (keys: readonly Key[]) => Promise<void>,
): Promise<void> {
  let page: Key[] = [];
  for await (const keys of found) {
    for (const key of keys) {
      page.push(key);
      if (page.length < KEYS_PER_LOOK) continue;
      await each(page);
      page = [];
    }
  }
  if (page.length > 0) await each(page);
}

function since(startedAtMs: number): number {
  return (Date.now() - startedAtMs) / 1000;
}
