import { expect, test } from 'vitest';
import { copyText, modelsText, verifiedText, waitText } from './status.ts';

test('says how far a copy is, as much of it as is known', () => {
  const copy = { snapshot_done: 0.456, snapshot_rows: 4_500_000, snapshot_bytes: 450 * 2 ** 20 };
  expect(copyText({ ...copy, snapshot_rows_per_second: 250_000, snapshot_seconds_left: 700 })).toBe(
    '45 %, 4500000 rows, 450 MiB, 250000 rows/s, 12 min left',
  );
  expect(copyText({ ...copy, snapshot_rows_per_second: 0, snapshot_seconds_left: null })).toBe(
    '45 %, 4500000 rows, 450 MiB, 0 rows/s',
  );
  expect(
    copyText({
      snapshot_done: 0,
      snapshot_rows: 0,
      snapshot_bytes: 0,
      snapshot_rows_per_second: null,
      snapshot_seconds_left: null,
    }),
  ).toBe('0 %');
});

test('says which partition a source waits for', () => {
  const since = '2026-11-21T09:59:59.871204Z';
  expect(waitText('shop', { topic: 'shop.orders', partition: 3, since })).toBe(
    `  shop: waits for partition 3 of shop.orders since ${since}`,
  );
  expect(waitText('shop', { topic: 'shop.orders', partition: -1, since })).toContain('the table of shop.orders');
});

test('says what was verified, and what to do where rows differ', () => {
  const verified = { since: '2026-11-22T08:00:00.000000Z', compared: 5, differing: 0, undecided: 0, skipped: 0 };
  expect(verifiedText('shop', 'tables', null)).toEqual([]);
  expect(verifiedText('shop', 'tables', { ...verified, differing_rows: 0 })).toEqual([
    '  shop: 5 tables since 2026-11-22T08:00:00.000000Z, none differs',
  ]);
  expect(verifiedText('models', 'models', { ...verified, differing: 2, skipped: 1, differing_rows: 7 })).toEqual([
    '  models: 5 models since 2026-11-22T08:00:00.000000Z, 2 differ (7 rows): millrace verify --repair, 1 could not be compared',
  ]);
});

test('says which version of the models readers see, and what came of the next', () => {
  const live = { version: 4, since: '2026-11-22T08:00:00Z', is_rolled_back: false, last: null };
  const failed = {
    version: 5,
    state: 'failed',
    code: 'MR-MODEL-001',
    detail: 'MR-MODEL-001: x.yml: no\n  y',
    progress: null,
  };
  expect(modelsText(live)).toEqual(['models: version 4 since 2026-11-22T08:00:00Z']);
  expect(modelsText({ ...live, is_rolled_back: true, last: failed })).toEqual([
    'models: version 4 since 2026-11-22T08:00:00Z, rolled back: a restart takes nothing up, `millrace models run` does',
    '  version 5: folder is not taken up · MR-MODEL-001: x.yml: no',
  ]);
  const progress = { model: 'sales_fact', tablesDone: 1, tablesTotal: 3, keysDone: 40, keysTotal: 90, secondsLeft: 7 };
  const building = { ...failed, state: 'building', code: null, detail: null, progress };
  expect(modelsText({ ...live, last: building })[1]).toBe(
    '  version 5: building sales_fact, 40 of about 90 keys, 1 of 3 tables, 7 s left',
  );
});
