import type { BuyingModelName } from '../../../warehouse/forecasts/buying-models.ts';
import { NEWEST_FIT, type RecordedFit, recordedFitOf } from '../../../warehouse/forecasts/fits-table.ts';
import { API_ERRORS } from '../../errors.ts';
import { ApiError } from '../../problems/problem.ts';
import type { RequestReader } from '../../warehouse-reader.ts';

/** What a forecast is computed with. */
export interface NewestFit {
  readonly buying: RecordedFit;
  /** Null: there was no spending to be fitted to, or nothing came of it. */
  readonly spending: RecordedFit | null;
}

/** The newest fit of a state up to the watermark. Throws API_FORECAST_MISSING, API_FORECAST_UNUSABLE. */
export async function readNewestFit(
  reader: RequestReader,
  watermark: string,
  model: BuyingModelName,
): Promise<NewestFit> {
  const rows = await reader.rows({ name: 'forecast_fit', sql: NEWEST_FIT, parameters: { watermark, model } });
  const fits = rows.map(recordedFitOf);
  const buying = fits.find((fit) => fit.model === model);
  if (buying === undefined) throw new ApiError(API_ERRORS.forecastMissing, `there is no fit of ${model} yet`);
  if (buying.state === 'unusable') {
    throw new ApiError(API_ERRORS.forecastUnusable, `${model}, fitted ${buying.fitted_at}: ${buying.flags.join(', ')}`);
  }
  const spending = fits.find((fit) => fit.model === 'gamma_gamma') ?? null;
  return { buying, spending };
}
