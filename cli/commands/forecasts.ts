import type { WarehouseConfig } from '../../runtime/config/config.ts';
import type { Logger } from '../../runtime/logger.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import type { FittedModel } from '../../warehouse/forecasts/fit-models.ts';
import { runFit } from '../../warehouse/forecasts/run-fit.ts';
import { cellsText } from '../table-text.ts';

/** Fits and prints what came of it. Throws MR-FORECAST-001, MR-FORECAST-002. */
export async function fitForecasts(options: {
  warehouse: WarehouseConfig;
  /** Days since 1970. */
  until: number | null;
  json: boolean;
  signal: AbortSignal;
  logger: Logger;
}): Promise<void> {
  const { warehouse, until, json, signal, logger } = options;
  const client = await connect({ config: warehouse, role: 'millrace', logger });
  try {
    const done = await runFit({ client, until, signal });
    if (typeof done === 'string') return print(json ? JSON.stringify({ fit: null, reason: done }) : done);
    if (!json) return print(fitsText(done.fitted));
    const { fit, watermark, calibrationEnd } = done.run;
    const calibration = new Date(calibrationEnd * 86_400_000).toISOString().slice(0, 10);
    print(JSON.stringify({ fit, watermark, calibration_end: calibration, models: done.fitted.map(modelDocument) }));
  } finally {
    await client.close();
  }
}

function modelDocument({ standardErrors, logLikelihood, holdout, ...model }: FittedModel): object {
  return {
    ...model,
    standard_errors: standardErrors,
    log_likelihood: logLikelihood,
    holdout: holdout && {
      customers: holdout.customers,
      mean_absolute_error: holdout.meanAbsoluteError,
      predicted_purchases: holdout.predictedPurchases,
      actual_purchases: holdout.actualPurchases,
    },
  };
}

function fitsText(fitted: readonly FittedModel[]): string {
  return cellsText([
    ['model', 'state', 'customers', 'log-likelihood', 'parameters', 'test: predicted/actual, error', ''],
    ...fitted.map(({ model, state, customers, logLikelihood, parameters, holdout, flags }) => [
      model,
      state,
      String(customers),
      logLikelihood?.toFixed(1) ?? '-',
      Object.entries(parameters)
        .map(([name, value]) => `${name} ${value.toPrecision(4)}`)
        .join(' '),
      holdout === null
        ? '-'
        : `${holdout.predictedPurchases.toFixed(0)}/${holdout.actualPurchases}, ${holdout.meanAbsoluteError.toFixed(3)}`,
      flags.join(' '),
    ]),
  ]);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
