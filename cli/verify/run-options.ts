import type { ClickHouseClient } from '@clickhouse/client';
import { openPostgresSourceRows } from '../../ingest/verify/postgres-source-rows.ts';
import type { Config } from '../../runtime/config/config.ts';
import { readLiveProject } from '../../warehouse/models/rollouts/live-project.ts';
import { createPace } from '../../warehouse/verify/pace.ts';
import type { Selection } from '../../warehouse/verify/selection.ts';
import type { VerifyRunOptions } from '../../warehouse/verify/verify-run.ts';

/** Everything that the configuration names, to be compared as told. */
export async function verifyRunOptions(options: {
  config: Config;
  client: ClickHouseClient;
  selection: Selection;
  repair: boolean;
  showValues: boolean;
  /** Share of a core. */
  budget: number;
  signal: AbortSignal;
}): Promise<Omit<VerifyRunOptions, 'onResult'>> {
  const { config, client, selection, repair, showValues, budget, signal } = options;
  return {
    client,
    sources: config.sources.map((each) => ({
      name: each.name,
      open: each.debezium === undefined ? () => openPostgresSourceRows(each) : null,
    })),
    project: config.models === false ? null : await readLiveProject(client, config.models),
    selection,
    repair,
    showValues,
    pace: createPace(budget, signal),
    signal,
  };
}
