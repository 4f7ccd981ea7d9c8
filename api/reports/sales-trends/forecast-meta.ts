import type { Dimension } from './dimension.ts';
import type { Member } from './level.ts';
import type { Outlook } from './outlook.ts';
import type { SalesTrendsValues } from './parameters.ts';
import { OTHER, rounded } from './row-text.ts';

/** How each series was forecast, and how well that would have foretold its end. */
export function forecastMeta(
  values: SalesTrendsValues,
  dimensions: readonly Dimension[],
  outlooks: readonly { readonly member: Member; readonly outlook: Outlook }[],
): object {
  return {
    of: values.of,
    periods: values.forecast,
    interval: 0.95,
    series: outlooks.map(({ member, outlook: { forecast } }) => ({
      ...Object.fromEntries(
        dimensions.slice(0, member.keys.length).map(({ name }, index) => {
          const key = member.keys[index] ?? null;
          return name === 'product' ? ['product_id', key === null ? null : BigInt(key)] : [name, key ?? OTHER];
        }),
      ),
      ...('refused' in forecast
        ? { method: null, reason: forecast.refused }
        : {
            method: forecast.made.method,
            season_length: forecast.made.seasonLength,
            fitted_periods: forecast.made.fittedPeriods,
            alpha: rounded(forecast.made.alpha, 4),
            beta: rounded(forecast.made.beta, 4),
            gamma: rounded(forecast.made.gamma, 4),
            damping: rounded(forecast.made.damping, 4),
            backtest: {
              periods: forecast.made.backtest.periods,
              mean_absolute_error: rounded(forecast.made.backtest.meanAbsoluteError, 2),
              relative_error: rounded(forecast.made.backtest.relativeError, 4),
              scaled_error: rounded(forecast.made.backtest.scaledError, 4),
            },
          }),
    })),
  };
}
