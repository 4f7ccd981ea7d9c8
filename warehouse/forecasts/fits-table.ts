import type { ClickHouseClient } from '@clickhouse/client';
import { isoSql } from '../clickhouse/moment.ts';
import { TABLE_SETTINGS } from '../clickhouse/table-settings.ts';
import type { FitFlag, FitState } from './fit-flags.ts';
import type { FittedModel, ModelName } from './fit-models.ts';
import { UNIT } from './history-sql.ts';

export const FITS_TABLE = `create table if not exists millrace.forecast_fits (
    fit UUID comment 'the models that were fitted together',
    model String comment 'bg_nbd, pareto_nbd or gamma_gamma',
    fitted_at DateTime64(6, 'UTC') default now64(6),
    watermark UInt64 comment 'the state that it was fitted to',
    calibration_end Date32 comment 'the last day that it knows of',
    unit String comment 'of time, in the parameters of buying: week',
    state String comment 'usable, doubtful, or unusable: nothing is answered from it',
    flags Array(String) comment 'what there is to say against it',
    parameters Map(String, Float64),
    standard_errors Map(String, Float64) comment 'of their logarithms; empty where they are not told apart',
    log_likelihood Nullable(Float64),
    customers UInt64 comment 'that it was fitted to; of spending those who bought again',
    iterations UInt32,
    correlation Nullable(Float64) comment 'of spending: of how much with how often',
    holdout_from Nullable(Date32) comment 'first day of the test',
    holdout_to Nullable(Date32),
    holdout_customers Nullable(UInt64),
    holdout_mean_absolute_error Nullable(Float64) comment 'purchases of a customer',
    holdout_predicted Nullable(Float64) comment 'purchases of all customers',
    holdout_actual Nullable(Float64)
  ) engine = MergeTree order by (fitted_at, fit, model) ${TABLE_SETTINGS}
  comment 'models of what customers will buy, as they were fitted'`;

/** Days since 1970. */
export interface FitRun {
  readonly fit: string;
  readonly watermark: string;
  readonly calibrationEnd: number;
  readonly holdout: { readonly from: number; readonly to: number } | null;
}

/** All models of a run, in one insert: they are seen together. */
export async function recordFits(client: ClickHouseClient, run: FitRun, fitted: readonly FittedModel[]): Promise<void> {
  await client.insert({
    table: 'millrace.forecast_fits',
    values: fitted.map(({ standardErrors, logLikelihood, holdout, ...model }) => ({
      fit: run.fit,
      watermark: run.watermark,
      calibration_end: dayText(run.calibrationEnd),
      unit: UNIT,
      ...model,
      standard_errors: standardErrors,
      log_likelihood: logLikelihood,
      holdout_from: holdout === null || run.holdout === null ? null : dayText(run.holdout.from),
      holdout_to: holdout === null || run.holdout === null ? null : dayText(run.holdout.to),
      holdout_customers: holdout?.customers ?? null,
      holdout_mean_absolute_error: holdout?.meanAbsoluteError ?? null,
      holdout_predicted: holdout?.predictedPurchases ?? null,
      holdout_actual: holdout?.actualPurchases ?? null,
    })),
    format: 'JSONEachRow',
  });
}

function dayText(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}

/** A model as it was fitted, for whoever answers from it. */
export interface RecordedFit {
  readonly fit: string;
  readonly model: ModelName;
  /** ISO 8601. */
  readonly fitted_at: string;
  readonly watermark: string;
  readonly calibration_end: string;
  readonly unit: string;
  readonly state: FitState;
  readonly flags: readonly FitFlag[];
  readonly parameters: Readonly<Record<string, number>>;
  readonly standard_errors: Readonly<Record<string, number>>;
  readonly log_likelihood: number | null;
  readonly customers: number;
  readonly correlation: number | null;
  readonly holdout: {
    readonly from: string;
    readonly to: string;
    readonly customers: number;
    readonly mean_absolute_error: number;
    readonly predicted_purchases: number;
    readonly actual_purchases: number;
  } | null;
}

/**
 * The models of one run as text columns, for `recordedFitOf`: the newest run of a state up to `watermark` in which the model `model`
 * can be used, or the newest of all when it can be in none.
 */
export const NEWEST_FIT = `
  select toString(fit) as fit_text, model, ${isoSql('fitted_at')} as fitted, toString(watermark) as watermark_text,
    toString(calibration_end) as calibration, unit, state, toJSONString(flags) as flags_text,
    toJSONString(parameters) as parameters_text, toJSONString(standard_errors) as errors_text,
    toString(log_likelihood) as likelihood, toString(customers) as customers_text, toString(correlation) as correlation_text,
    toString(holdout_from) as first, toString(holdout_to) as last, toString(holdout_customers) as tested,
    toString(holdout_mean_absolute_error) as error, toString(holdout_predicted) as predicted, toString(holdout_actual) as actual
  from millrace.forecast_fits
  where fit in (
    select fit
    from millrace.forecast_fits
    where watermark <= {watermark:UInt64} and model = {model:String}
    order by state = 'unusable', fitted_at desc
    limit 1
  )`;

export function recordedFitOf(row: Readonly<Record<string, string | null>>): RecordedFit {
  const text = (name: string) => row[name] ?? '';
  const number = (name: string) => (row[name] == null ? null : Number(row[name]));
  return {
    fit: text('fit_text'),
    model: text('model') as ModelName,
    fitted_at: text('fitted'),
    watermark: text('watermark_text'),
    calibration_end: text('calibration'),
    unit: text('unit'),
    state: text('state') as FitState,
    flags: JSON.parse(text('flags_text')),
    parameters: JSON.parse(text('parameters_text')),
    standard_errors: JSON.parse(text('errors_text')),
    log_likelihood: number('likelihood'),
    customers: Number(text('customers_text')),
    correlation: number('correlation_text'),
    holdout:
      row.tested == null
        ? null
        : {
            from: text('first'),
            to: text('last'),
            customers: Number(text('tested')),
            mean_absolute_error: Number(text('error')),
            predicted_purchases: Number(text('predicted')),
            actual_purchases: Number(text('actual')),
          },
  };
}
