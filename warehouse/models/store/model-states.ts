import type { ClickHouseClient } from '@clickhouse/client';
import { quoteString } from '../../clickhouse/quote.ts';
import type { ModelFailure } from '../maintain/cascade.ts';
import { type Deployment, historiesOf, idsOf, tablesOf } from '../versions/deployment.ts';

/** Writes down which tables are kept up to date and which stopped, and why. */
export async function recordStates(
  client: ClickHouseClient,
  options: {
    deployment: Deployment;
    failures: readonly ModelFailure[];
    /** The batch in which those that failed now did. */
    watermark: string;
    /** Ids of histories that have not taken over their model yet. */
    pending: ReadonlySet<string>;
  },
): Promise<void> {
  const { deployment, failures, watermark, pending } = options;
  const failed = new Map(failures.map((failure) => [failure.id, failure.error]));
  const histories = historiesOf(deployment);
  const live = new Set([...idsOf(deployment.live), ...histories.map(({ id }) => id)]);
  await client.insert({
    table: 'millrace.model_states',
    values: [...tablesOf(deployment), ...histories].map(({ id, model }) => {
      const error = failed.get(id);
      return {
        model: model.name,
        version: id,
        state: error !== undefined ? 'failed' : pending.has(id) ? 'pending' : 'current',
        is_live: live.has(id),
        last_watermark: error === undefined ? watermark : (BigInt(watermark) - 1n).toString(),
        code: error?.code ?? '',
        detail: error?.message ?? '',
      };
    }),
    format: 'JSONEachRow',
  });
}

/** Ids of tables that stopped: they lack changes. */
export async function readFailedTables(client: ClickHouseClient): Promise<Set<string>> {
  const result = await client.query({
    query: "select version from millrace.model_states final where state = 'failed'",
    format: 'JSONEachRow',
  });
  return new Set((await result.json<{ version: string }>()).map(({ version }) => version));
}

/** Forgets tables that are no more. Where there are none nothing is deleted: waiting for a mutation takes about a second. */
export async function forgetStates(client: ClickHouseClient, used: ReadonlySet<string>): Promise<void> {
  const isUnused = `version not in (${[...used].map(quoteString).join(', ')})`;
  const result = await client.query({
    query: `select version from millrace.model_states where ${isUnused} limit 1`,
    format: 'JSONEachRow',
  });
  if ((await result.json()).length === 0) return;
  await client.command({ query: `delete from millrace.model_states where ${isUnused}` });
}
