import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureBookkeeping } from '../../load/bookkeeping.ts';
import { INTO_JOURNAL, JOURNAL } from '../../load/journal/journal-table.ts';
import { ensureScheduleBookkeeping } from '../../schedules/bookkeeping.ts';
import { trimLedger } from '../../schedules/trim-ledger.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../../testing/temporary-warehouse.ts';
import { ensureModelBookkeeping } from './bookkeeping.ts';
import { trimState } from './trim-state.ts';

/** Versions of one partition of a journal. */
const PARTITION = 2n ** 60n;

let warehouse: TemporaryWarehouse;
beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
  await ensureBookkeeping(warehouse.client);
  await ensureModelBookkeeping(warehouse.client);
  await ensureScheduleBookkeeping(warehouse.client);
});
afterAll(() => warehouse.stop());

const run = (query: string) => warehouse.client.command({ query });
const ask = async (query: string) => (await queryText(warehouse.client, query)).trim();

function publish(watermark: number, floors: Record<string, bigint>): Promise<unknown> {
  return warehouse.client.insert({
    table: 'millrace.watermarks',
    values: [
      {
        watermark,
        published_at: new Date().toISOString().replace('T', ' ').replace('Z', ''),
        generation: 1,
        source: Object.keys(floors),
        lsn: Object.keys(floors).map(() => '0/0'),
        committed_at: Object.keys(floors).map(() => '2026-11-22 00:00:00'),
        caught_up_at: Object.keys(floors).map(() => '2026-11-22 00:00:00'),
        floor: Object.values(floors).map(String),
        changes: 0,
      },
    ],
    format: 'JSONEachRow',
  });
}

test('changes are kept from the last published state but one on, source by source', async () => {
  for (const source of ['a', 'b']) {
    await run(`${INTO_JOURNAL}
      select '${source}', '${source}__t', toUInt128(number) * toUInt128('${PARTITION}') + 5, 0, '["id"]', toString(number) from numbers(6)`);
  }
  const of = (source: string) =>
    ask(`select groupArray(toUInt8(row)) from (select row from ${JOURNAL} where source = '${source}' order by row)`);
  const kept = () => of('a');
  const other = () => of('b');
  await trimState(warehouse.client);
  expect(await kept()).toBe('[0,1,2,3,4,5]');
  await publish(1, { a: 2n * PARTITION + 5n, b: 0n });
  await trimState(warehouse.client);
  // The row store may be behind what was published last.
  expect(await kept()).toBe('[0,1,2,3,4,5]');
  await publish(2, { a: 4n * PARTITION, b: PARTITION });
  await trimState(warehouse.client);
  expect(await kept()).toBe('[2,3,4,5]');
  expect(await other()).toBe('[0,1,2,3,4,5]');
  await publish(3, { a: 4n * PARTITION, b: PARTITION });
  await trimState(warehouse.client);
  expect(await kept()).toBe('[4,5]');
  expect(await other()).toBe('[1,2,3,4,5]');
});

test('entries of the ledger go after a month, but never the last of a schedule', async () => {
  const insert = (task: string, trigger: string, days: number) =>
    run(`insert into millrace.ledger (task, trigger, interval_start, interval_end, state, sequence)
      select '${task}', '${trigger}', now64(3) - toIntervalDay(${days + 1}), now64(3) - toIntervalDay(${days}), 'done', 1`);
  for (const days of [40, 35, 10]) await insert('busy', 'schedule', days);
  await insert('busy', 'manual', 33);
  for (const days of [90, 60]) await insert('idle', 'schedule', days);
  await trimLedger(warehouse.client);
  expect(await ask("select task, dateDiff('day', interval_end, now()) from millrace.ledger final order by all")).toBe(
    'busy\t10\nidle\t60',
  );
});
