import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../../runtime/logger.ts';
import { microsToText, textToMicros } from '../../clickhouse/moment.ts';
import { readPositions } from '../../load/positions/loaded-position.ts';
import { PUBLISHED_ERRORS } from '../../published/errors.ts';
import { dyingClient, type Statement } from '../../testing/dying-client.ts';
import { createFoldedVersions, type FoldedVersions, type TextRow } from '../../testing/folded-versions.ts';
import { fullSql } from '../../testing/full-build.ts';
import { openProjectModeller } from '../../testing/project-modeller.ts';
import { createRandom } from '../../testing/random.ts';
import { openShop, type Shop } from '../../testing/shop.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../../testing/temporary-warehouse.ts';
import type { Modeller } from '../modeller.ts';
import type { Project } from '../project/project.ts';
import { readProject } from '../project/read-project.ts';
import { ensureModelBookkeeping } from '../store/bookkeeping.ts';

const MODELS = join(import.meta.dirname, '../../../dbt-like-models');
const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const logger = createLogger({ name: 'test', level: 'fatal' });
const random = createRandom(SEED);
const BEGINNING = '1900-01-01 00:00:00.000000';

let warehouse: TemporaryWarehouse;
let shop: Shop;
let clock = 1_700_000_000_000_000n;
const folders: string[] = [];
beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
  shop = await openShop(warehouse, 1000n, () => clock);
  await ensureModelBookkeeping(warehouse.client);
});
afterAll(async () => {
  await shop.close();
  await warehouse.stop();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** The project with its customers changed, and only what the dimensions with history need. */
async function projectWith(customers: (sql: string) => string, without: readonly string[] = []): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-history-'));
  folders.push(folder);
  await cp(MODELS, folder, { recursive: true });
  const kept =
    /^models\/(staging\/(sources|user|inventory)|dimensions\/(customer|product|category)_dimension)|^(?!models\/)/;
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of files.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path);
    if (!kept.test(name) || without.includes(name)) await rm(path);
  }
  const file = join(folder, 'models/dimensions/customer_dimension.sql');
  await writeFile(file, customers(await readFile(file, 'utf8')));
  return readProject(folder);
}

function open(project: Project, client = warehouse.client): Promise<Modeller> {
  // So few keys that a dimension takes several batches to be built.
  return openProjectModeller({ ...warehouse, client, project, logger, buildKeys: 20 });
}

const isPublishing = ({ method, table }: Statement) => method === 'insert' && table === 'millrace.watermarks';
const isShowing = ({ method, query: text = '' }: Statement) =>
  method === 'command' && text.startsWith('create or replace view store.`customer_dimension_at`');

const id = (below: number) => String(1 + random.below(below));
const text = () => `v${random.below(4)}`;
function change(): void {
  const n = random.below(12);
  if (n === 0) shop.remove('users', id(25));
  else if (n === 1) shop.remove('profiles', id(25));
  else if (n === 2) shop.remove('products', id(15));
  else if (n < 5)
    shop.put('users', [id(25), `${text()}@example.com`, random.pick(['active', 'closed']), '2023-01-01 00:00:00+00']);
  else if (n < 8)
    shop.put('profiles', [id(25), text(), 'tab\tand\nline', text(), 'n', 'DE', random.pick(['gold', 'basic']), text()]);
  else if (n < 10) shop.put('products', [id(15), text(), "it's", id(5), `${random.below(9)}.50`, '1.25', 't']);
  else if (n === 10) shop.put('categories', [id(5), random.below(2) === 0 ? null : id(5), text()]);
  else shop.put('orders', [id(60), id(25), 'paid', 'web', 'north', 'DE', 'EUR', '2024-03-03 12:00:00+00']);
}

const query = async (sql: string) => (await queryText(warehouse.client, sql)).trim();
async function rowsOf(sql: string): Promise<TextRow[]> {
  const result = await warehouse.client.query({ query: sql, format: 'TabSeparatedWithNames' });
  const [names = '', ...lines] = (await result.text()).trimEnd().split('\n');
  const columns = names.split('\t');
  return lines.map((line) => Object.fromEntries(line.split('\t').map((value, i) => [columns[i] as string, value])));
}

const HISTORIES = { customer_dimension: 'customer_id', product_dimension: 'product_id' } as const;
type Dimension = keyof typeof HISTORIES;
const oracles = Object.fromEntries(
  Object.entries(HISTORIES).map(([dimension, key]) => [dimension, createFoldedVersions(key, BEGINNING)]),
) as Record<Dimension, FoldedVersions>;
let lastWatermark = 0n;
let lastMoment = 0n;
/** The project whose dimensions readers see, and the columns that it has got over the last one that histories took over. */
let live: Project;
let added: string[] = [];
/** Whose history does not go on. */
let stopped: Dimension | null = null;

/**
 * Folds what is published since into versions; nothing else moved meanwhile. Where the model was exchanged, the last of it
 * shows the other one.
 */
async function foldPublished(exchangedBy?: Project): Promise<void> {
  const published = await rowsOf(
    `select watermark, toString(arrayMax(committed_at)) as latest from millrace.watermarks where watermark > ${lastWatermark} order by watermark`,
  );
  for (const [n, { watermark, latest }] of published.entries()) {
    const commit = textToMicros(latest as string);
    lastMoment = commit > lastMoment ? commit : lastMoment + 1n;
    lastWatermark = BigInt(watermark as string);
    if (exchangedBy !== undefined && n === published.length - 1) exchange(exchangedBy);
    for (const dimension of Object.keys(HISTORIES) as Dimension[]) {
      if (dimension === stopped) continue;
      const state = await rowsOf(fullSql(live, dimension, 'computed'));
      oracles[dimension].fold(state, microsToText(lastMoment), dimension === 'customer_dimension' ? added : []);
    }
    added = [];
  }
}

function exchange(by: Project): void {
  live = by;
  added = [cityOf(by)];
}

/** The column of the customers that the project has, and the other one has not. */
function cityOf(project: Project): string {
  return /as (city|place),/.exec(project.byName.get('customer_dimension')?.sql ?? '')?.[1] as string;
}

async function expectEqual(what: string): Promise<void> {
  for (const dimension of Object.keys(HISTORIES) as Dimension[]) {
    const key = HISTORIES[dimension];
    const rows = await rowsOf(`select * from marts.${dimension}_history order by toInt64(${key}), valid_from`);
    const columns = Object.keys(rows[0] ?? {});
    const expected = oracles[dimension]
      .all()
      .toSorted((a, b) => Number(a.key) - Number(b.key) || (a.from < b.from ? -1 : 1))
      .map(({ values, from, to }) => ({
        ...Object.fromEntries(columns.map((column) => [column, values[column] ?? '\\N'])),
        valid_from: from,
        valid_to: to ?? '\\N',
        is_current: String(to === null),
      }));
    expect(rows, `${what}: ${dimension}, seed ${SEED}`).toEqual(expected);
  }
}

async function advance(modeller: Modeller): Promise<void> {
  while ((await modeller.advance(await readPositions(warehouse.client))) !== null) await foldPublished();
}

test(`has every version that readers were shown, through whatever befalls the models (seed ${SEED})`, async () => {
  const first = await projectWith((sql) => sql);
  const changed = await projectWith((sql) =>
    sql
      .replace('p.city as city,', "concat(p.city, ' ', p.country) as place,")
      .replace('p.segment as segment,', 'upper(p.segment) as segment,')
      .replace(
        "'unknown', 'unknown', 'unknown', 'unknown', 'unknown', toDate",
        "'unknown', 'unknown', 'unknown', 'UNKNOWN', 'unknown', toDate",
      ),
  );
  const folder = join(warehouse.config.stateFolder, 'models');
  live = first;
  for (let n = 0; n < 60; n++) change();
  await shop.commit();
  let modeller = await open(first);
  await foldPublished();
  await expectEqual('seen first');
  await advance(modeller);
  await expectEqual('begun');

  async function some(): Promise<void> {
    for (let n = 0; n < 6 + random.below(12); n++) change();
    // A clock that steps back, stands still, or goes on.
    clock += random.pick([-5_000_000n, 0n, 1n, 60_000_000n]);
    await shop.commit();
  }

  async function befall(what: string): Promise<void> {
    switch (what) {
      case 'restart':
        await modeller.close();
        modeller = await open(live);
        break;
      case 'lost rows':
        await modeller.close();
        await rm(folder, { recursive: true });
        await some();
        modeller = await open(live);
        await foldPublished();
        await expectEqual('built anew');
        break;
      case 'given up':
        await modeller.close();
        // The process goes on.
        modeller = await open(
          live,
          dyingClient(warehouse.client, { isMeant: isPublishing, moment: 'before', isBack: true }),
        );
        await some();
        await expect(modeller.advance(await readPositions(warehouse.client))).rejects.toThrow('killed');
        break;
      case 'killed before':
      case 'killed after':
        await modeller.close();
        modeller = await open(
          live,
          dyingClient(warehouse.client, {
            isMeant: isPublishing,
            moment: what === 'killed before' ? 'before' : 'after',
          }),
        );
        await some();
        await expect(modeller.advance(await readPositions(warehouse.client))).rejects.toThrow('killed');
        await modeller.close();
        await foldPublished();
        modeller = await open(live);
        break;
      case 'stopped': {
        const table = 'store.customer_dimension_history__versions';
        await warehouse.client.command({ query: `alter table ${table} add constraint none check _version = 0` });
        stopped = 'customer_dimension';
        await some();
        shop.put('users', ['1', `${clock}@example.com`, 'active', '2023-01-01 00:00:00+00']);
        await shop.commit();
        await advance(modeller);
        expect(modeller.failures().map(({ model }) => model)).toEqual(['customer_dimension_history']);
        await some();
        await advance(modeller);
        await expectEqual('stopped');
        await warehouse.client.command({ query: `alter table ${table} drop constraint none` });
        await modeller.close();
        stopped = null;
        modeller = await open(live);
        await advance(modeller);
        expect(modeller.failures()).toEqual([]);
        break;
      }
      case 'killed at the exchange':
      case 'another model': {
        await modeller.close();
        const next = live === first ? changed : first;
        const isKilled = what === 'killed at the exchange';
        modeller = await open(
          next,
          isKilled ? dyingClient(warehouse.client, { isMeant: isShowing, moment: 'before' }) : warehouse.client,
        );
        for (let isBuilt = false; !isBuilt; ) {
          if (random.below(2) === 0) await some();
          const step = modeller.advance(await readPositions(warehouse.client)).catch((error: Error) => error);
          const outcome = await step;
          expect(outcome).not.toBeNull();
          const columns = await query(
            "select name from system.columns where database = 'marts' and table = 'customer_dimension'",
          );
          isBuilt = columns.split('\n').includes(cityOf(next));
          await foldPublished(isBuilt ? next : undefined);
          if (isBuilt) expect(isKilled).toBe(false);
          if (!(outcome instanceof Error)) continue;
          expect(outcome.message).toBe('killed');
          isBuilt = true;
          exchange(next);
        }
        if (isKilled) {
          await modeller.close();
          modeller = await open(live);
        }
        break;
      }
    }
  }

  const events = [
    'restart',
    'lost rows',
    'given up',
    'killed before',
    'killed after',
    'another model',
    'killed at the exchange',
    'killed after',
    'stopped',
    'lost rows',
    'given up',
  ];
  for (const event of events) {
    await some();
    await advance(modeller);
    await befall(event);
    await advance(modeller);
    await expectEqual(event);
  }
  await modeller.close();
  expect(await query('select count() > 30 from marts.customer_dimension_history')).toBe('1');
  expect(await query('select count() > 1 from millrace.aborted_batches')).toBe('1');
}, 180_000);

test('versions are kept whatever becomes of the types of columns, and of the snapshot', async () => {
  const history = 'marts.customer_dimension_history';
  const some = `select toString(tuple(* except (valid_from, valid_to, is_current))) from ${history} where valid_to is not null order by all`;
  const was = await query(`select count() from ${history}`);
  const typing = (sql: string) =>
    sql.replace('u.status as status,', 'length(u.status) as status,').replace("0, '', 'unknown', ''", "0, '', 0, ''");
  const typed = await projectWith(typing);
  let modeller = await open(typed);
  live = typed;
  while ((await modeller.advance(await readPositions(warehouse.client))) !== null);
  await modeller.close();
  const types = await query(
    "select groupArray((name, type)) from system.columns where database = 'marts' and table = 'customer_dimension_history' and name like 'status%'",
  );
  expect(types).toBe("[('status','Nullable(UInt64)'),('status__was_string','Nullable(String)')]");
  expect(
    await query(
      `select uniqExact(status__was_string) > 1, countIf(status is not null and is_current) = countIf(is_current) from ${history}`,
    ),
  ).toBe('1\t1');

  // Taken out of the folder, its versions stay; put back, they go on.
  const kept = await query(some);
  const without = await projectWith((sql) => sql, ['snapshots/customer_dimension_history.yml']);
  modeller = await open(without);
  while ((await modeller.advance(await readPositions(warehouse.client))) !== null);
  await modeller.close();
  expect(
    await query(`select count() from system.tables where database = 'marts' and name = 'customer_dimension_history'`),
  ).toBe('0');
  shop.put('users', ['1', 'unseen@example.com', 'active', '2023-01-01 00:00:00+00']);
  await shop.commit();
  modeller = await open(await projectWith(typing, ['snapshots/customer_dimension_history.yml']));
  while ((await modeller.advance(await readPositions(warehouse.client))) !== null);
  await modeller.close();
  modeller = await open(typed);
  // What it missed is not shown as what is current.
  await expect(query(`select count() from ${history}`)).rejects.toThrow(PUBLISHED_ERRORS.stateGone.code);
  while ((await modeller.advance(await readPositions(warehouse.client))) !== null);
  expect(Number(await query(`select count() from ${history}`))).toBeGreaterThanOrEqual(Number(was));
  expect((await query(some)).split('\n')).toEqual(expect.arrayContaining(kept.split('\n')));
  await modeller.close();
}, 60_000);
