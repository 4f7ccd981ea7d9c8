import type { ClickHouseClient } from '@clickhouse/client';
import type { ModelFailure } from '../maintain/cascade.ts';
import type { Plan } from '../plan.ts';

/** Writes down which models are kept up to date and which stopped, and why. */
export async function recordFailures(
  client: ClickHouseClient,
  options: { plan: Plan; failures: readonly ModelFailure[]; watermark: string },
): Promise<void> {
  const { plan, failures, watermark } = options;
  const byModel = new Map(failures.map((failure) => [failure.model, failure.error]));
  const models = [...plan.byKey, ...plan.additive].map((planned) => planned.model.name);
  await client.insert({
    table: 'millrace.model_states',
    values: models.map((model) => {
      const error = byModel.get(model);
      return {
        model,
        state: error === undefined ? 'current' : 'failed',
        last_watermark: error === undefined ? watermark : (BigInt(watermark) - 1n).toString(),
        code: error?.code ?? '',
        detail: error?.message ?? '',
      };
    }),
    format: 'JSONEachRow',
  });
}
