import { randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import { MillraceError } from '../../runtime/errors.ts';
import { ensureModelBookkeeping } from '../models/store/bookkeeping.ts';
import { readPublished } from '../published/published.ts';
import { FORECAST_ERRORS } from './errors.ts';
import { fitInWorker } from './fit-in-worker.ts';
import type { FittedModel } from './fit-models.ts';
import { type FitRun, recordFits } from './fits-table.ts';
import { DAYS_PER_UNIT } from './history-sql.ts';
import { holdoutPeriod } from './holdout.ts';
import { type HistoriesAt, readHistories, readObservedDays, readSpending } from './read-histories.ts';

/**
 * Fits the models to the published state and writes them down. Whatever the data are like there is a result: what is wrong with it
 * is in its flags. Text says why there is none: models without `sales_fact`, or nobody who bought. Throws MR-FORECAST-001 before the
 * first state, MR-FORECAST-002.
 */
export async function runFit(options: {
  client: ClickHouseClient;
  /** Days behind it are not known to the fit, and test it; days since 1970. Default: the last day with an order. */
  until: number | null;
  signal: AbortSignal;
}): Promise<{ run: FitRun; fitted: readonly FittedModel[] } | string> {
  const { client, until, signal } = options;
  await ensureModelBookkeeping(client);
  const published = await readPublished(client);
  if (published === null) throw new MillraceError(FORECAST_ERRORS.nothingPublished, 'millrace.watermarks is empty');
  if (!(await hasSales(client))) return 'there is no model sales_fact to fit to';
  const { watermark } = published;
  const observed = await readObservedDays(client, watermark, signal);
  if (observed === null) return 'nobody has bought anything yet';
  const end = Math.min(until ?? observed.last, observed.last);
  if (end < observed.first) throw new MillraceError(FORECAST_ERRORS.nothingUntil, 'the first order came later');

  const period = holdoutPeriod(observed, end);
  const at: HistoriesAt = { client, watermark, end, observed: end, signal };
  const isSame = period?.calibrationEnd === end;
  const tested = period === null ? null : await readHistories({ ...at, ...testOf(period) });
  const histories = isSame && tested !== null ? tested : await readHistories(at);
  const horizon = period === null ? 0 : (period.end - period.calibrationEnd) / DAYS_PER_UNIT;
  const fitted = await fitInWorker(
    {
      histories,
      spending: await readSpending(at),
      holdout: tested === null ? null : { histories: tested, horizon, isSame },
    },
    signal,
  );
  const run: FitRun = {
    fit: randomUUID(),
    watermark,
    calibrationEnd: end,
    holdout: period === null ? null : { from: period.calibrationEnd + 1, to: period.end },
  };
  await recordFits(client, run, fitted);
  return { run, fitted };
}

function testOf({
  calibrationEnd,
  end,
}: {
  calibrationEnd: number;
  end: number;
}): Pick<HistoriesAt, 'end' | 'observed'> {
  return { end: calibrationEnd, observed: end };
}

async function hasSales(client: ClickHouseClient): Promise<boolean> {
  const result = await client.query({
    query: `select 1 from system.tables where database = 'store' and name = 'sales_fact_at'`,
    format: 'JSONEachRow',
  });
  return (await result.json()).length > 0;
}
