import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../runtime/logger.ts';
import { readPositions } from '../load/positions/loaded-position.ts';
import { PUBLISHED_ERRORS } from '../published/errors.ts';
import { createModelsFolder, type ModelsFolder, SMALL_PROJECT } from '../testing/models-folder.ts';
import { openProjectModeller } from '../testing/project-modeller.ts';
import { putSale } from '../testing/put-sale.ts';
import { createRandom } from '../testing/random.ts';
import { changeSomething } from '../testing/random-shop.ts';
import { openShop, type Shop } from '../testing/shop.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../testing/temporary-warehouse.ts';
import type { Modeller } from './modeller.ts';
import { readProject } from './project/read-project.ts';
import { ensureModelBookkeeping } from './store/bookkeeping.ts';
import { foldModels } from './store/fold/fold-models.ts';
import { trimState } from './store/trim-state.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const logger = createLogger({ name: 'test', level: 'fatal' });
const random = createRandom(SEED);
const MODELS = ['order_fact', 'daily_cube'];
/** ClickHouse's code for a mutation that was ended. */
const UNFINISHED = '341';
const EVER_MS = 30 * 86_400_000;
const GONE = PUBLISHED_ERRORS.stateGone.code;

let warehouse: TemporaryWarehouse;
let shop: Shop;
let folder: ModelsFolder;
let modeller: Modeller;
/** Rows of every model, by watermark, as they were when it was the published one. */
const states = new Map<string, Readonly<Record<string, string>>>();

beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
  shop = await openShop(warehouse);
  folder = createModelsFolder(SMALL_PROJECT);
  await ensureModelBookkeeping(warehouse.client);
  for (let n = 0; n < 400; n++) changeSomething(shop, random);
  await shop.commit();
  modeller = await open();
  await remember();
});
afterAll(async () => {
  await modeller.close();
  await shop.close();
  folder.remove();
  await warehouse.stop();
});

const query = async (sql: string) => (await queryText(warehouse.client, sql)).trim();

async function open(): Promise<Modeller> {
  return openProjectModeller({ ...warehouse, project: await readProject(folder.path), logger, withViews: false });
}

function published(): Promise<string> {
  return query('select max(watermark) from millrace.watermarks');
}

async function readAt(watermark: string): Promise<Record<string, string>> {
  const rows = await Promise.all(
    MODELS.map((name) => query(`select * from store.${name}_at(watermark = ${watermark}) order by all`)),
  );
  return Object.fromEntries(MODELS.map((name, index) => [name, rows[index] as string]));
}

async function remember(): Promise<void> {
  const marts = await Promise.all(MODELS.map((name) => query(`select * from marts.${name} order by all`)));
  states.set(await published(), Object.fromEntries(MODELS.map((name, index) => [name, marts[index] as string])));
}

/** Some batches of changes, each remembered. */
async function batches(count: number): Promise<void> {
  for (let batch = 0; batch < count; batch++) {
    for (let n = 0; n < 25; n++) changeSomething(shop, random);
    await shop.commit();
    await modeller.advance(await readPositions(warehouse.client));
    await remember();
  }
}

/** Something for another fold to sum up, whatever else happens: an order on as many new days as the cube has. */
async function sellOnNewDays(): Promise<void> {
  const days = Number(await query('select count() from marts.daily_cube'));
  for (let day = 0; day < days; day++) {
    const at = `${new Date(Date.UTC(1990, 0, 1 + day)).toISOString().slice(0, 10)} 10:00:00+00`;
    putSale(shop, { id: 100_000 + day, at });
  }
}

/** The next batches have numbers of another partition, as after a thousand of them. */
async function skipBatches(): Promise<void> {
  await modeller.close();
  await warehouse.client.command({
    query: `insert into millrace.watermarks
      select * replace (intDiv(watermark, 1000) * 1000 + 1000 as watermark, now64(6) as published_at)
      from millrace.watermarks as w order by w.watermark desc limit 1`,
  });
  modeller = await open();
  await remember();
}

/** A batch that is written and never published. */
async function giveUpBatch(): Promise<void> {
  const { client } = warehouse;
  for (let n = 0; n < 25; n++) changeSomething(shop, random);
  await shop.commit();
  await client.command({ query: 'alter table millrace.watermarks add constraint full check watermark = 0' });
  await expect(modeller.advance(await readPositions(client))).rejects.toThrow();
  await client.command({ query: 'alter table millrace.watermarks drop constraint full' });
}

/** As if they had been published so many minutes after each other, the last one now. */
async function spreadInTime(minutes: number): Promise<void> {
  const { client } = warehouse;
  await client.command({ query: 'create table millrace.spread as millrace.watermarks' });
  await client.command({
    query: `insert into millrace.spread
      select * replace (now64(6) - toIntervalMinute(${minutes} * (row_number() over (order by watermark desc) - 1)) as published_at)
      from millrace.watermarks`,
  });
  await client.command({ query: 'exchange tables millrace.spread and millrace.watermarks' });
  await client.command({ query: 'drop table millrace.spread' });
}

/** Folds with a horizon at which a watermark was the current one. */
async function foldTo(watermark: string, minutes: number): Promise<void> {
  const later = await query(`select count() from millrace.watermarks where watermark > ${watermark}`);
  // Half-way to the one that followed it.
  await fold((Number(later) - 0.5) * minutes * 60_000);
  // Removed now, one fold later.
  await fold(EVER_MS);
}

async function fold(horizonMs: number): Promise<void> {
  const { client } = warehouse;
  const signal = new AbortController().signal;
  await foldModels({ client, horizonMs, logger, signal, reportMs: 0, declaredMs: 0 });
}

async function expectStates(from: string): Promise<void> {
  for (const [watermark, state] of states) {
    if (BigInt(watermark) < BigInt(from)) await expect(readAt(watermark), watermark).rejects.toThrow(GONE);
    else expect(await readAt(watermark), `watermark ${watermark}, seed ${SEED}`).toEqual(state);
  }
}

test(`every state within the horizon is as it was, whatever came after it, and folded or not (seed ${SEED})`, async () => {
  await batches(6);
  await giveUpBatch();
  await skipBatches();
  await sellOnNewDays();
  await batches(4);
  await fold(EVER_MS);
  await skipBatches();
  await batches(5);
  await fold(EVER_MS);
  await expectStates('0');
  await spreadInTime(20);
  const watermarks = [...states.keys()];

  // Nothing is behind the horizon: cubes are folded, everything can be read.
  await foldTo(watermarks[0] as string, 20);
  expect(await query('select groupArray(horizon) from (select horizon from millrace.folds order by horizon)')).toBe(
    '[1000,2000]',
  );
  await expectStates('0');

  // Readers within the horizon, all the time.
  const kept = watermarks.slice(-9);
  const reading = new AbortController();
  let reads = 0;
  const readers = [0, 1].map(async (offset) => {
    for (let n = offset; !reading.signal.aborted; n++) {
      const watermark = kept[n % kept.length] as string;
      expect(await readAt(watermark), `while folding, watermark ${watermark}`).toEqual(states.get(watermark));
      reads++;
    }
  });
  // By two at once, as when one lost its lease and goes on: one ends what the other is at, and that one begins nothing more.
  for (const watermark of [...watermarks.slice(2, -9).filter((_, index) => index % 6 === 0), kept[0] as string]) {
    const both = await Promise.allSettled([foldTo(watermark, 20), foldTo(watermark, 20)]);
    for (const each of both) if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: UNFINISHED });
  }
  await foldTo(kept[0] as string, 20);
  await expect.poll(() => reads).toBeGreaterThan(8);
  reading.abort();
  await Promise.all(readers);
  await expectStates(kept[0] as string);

  // What only earlier states had goes from the disk when it is much, and after a day in any case.
  await spreadInTime(240);
  await foldTo(kept[0] as string, 240);
  const fact = await query("select name from system.tables where database = 'store' and name like 'order_fact__g%'");
  const cube = fact.replace('order_fact', 'daily_cube');
  const aborted = await query('select groupArray(batch) from millrace.aborted_batches');
  // Closed by a batch that was given up is open.
  expect(await query(`select count() from store.${fact} where _to < ${kept[0]} and _to not in ${aborted}`)).toBe('0');
  expect(
    await query(`select sum(rows) from system.parts where database = 'store' and table = '${fact}' and active`),
  ).toBe(await query(`select count() from store.${fact}`));
  expect(await query(`select count() from store.${cube} where _batch < 1000`)).toBe('0');
  expect(await query(`select count() from store.${fact} where _from in ${aborted}`)).toBe('0');

  // And all goes on.
  await trimState(warehouse.client);
  await modeller.close();
  modeller = await open();
  await batches(3);
  await expectStates(kept[0] as string);
});

test('a model that was built anew is read from its first watermark on, the others as before', async () => {
  const last = await published();
  const former = states.get(last);
  await modeller.close();
  folder.write({
    'models/cubes/daily_cube.sql': SMALL_PROJECT['models/cubes/daily_cube.sql'].replaceAll(
      'sum(amount)',
      'sum(2 * amount)',
    ),
  });
  // One more state: the cube is built at it.
  modeller = await open();
  await batches(2);
  expect(await query(`select * from store.order_fact_at(watermark = ${last}) order by all`)).toBe(former?.order_fact);
  const first = await query(
    "select max(watermark) from millrace.readable_from where store_table like 'daily_cube__g%'",
  );
  expect(BigInt(first)).toBeGreaterThanOrEqual(BigInt(last));
  const before = [...states.keys()].filter((watermark) => BigInt(watermark) < BigInt(first)).at(-1);
  await expect(query(`select * from store.daily_cube_at(watermark = ${before})`)).rejects.toThrow(GONE);
  const now = await published();
  expect(await query(`select * from store.daily_cube_at(watermark = ${now}) order by all`)).toBe(
    states.get(now)?.daily_cube,
  );
});
