import type { ClickHouseClient } from '@clickhouse/client';
import type { StoppedModel } from './test-result.ts';

/** Models that are not kept up to date: what readers see of them is of their last watermark. */
export async function readStoppedModels(client: ClickHouseClient): Promise<StoppedModel[]> {
  const result = await client.query({
    query: `
      select model, toString(last_watermark) as watermark, code
      from millrace.model_states final
      where state = 'failed' and is_live
      order by model`,
    format: 'JSONEachRow',
  });
  return result.json<StoppedModel>();
}
