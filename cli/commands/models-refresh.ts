import { sleep } from '../../runtime/abortable.ts';
import type { Config, WarehouseConfig } from '../../runtime/config/config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { createLogger, type Logger } from '../../runtime/logger.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { runModels } from '../../warehouse/models/main.ts';
import { pendingRepairs, requestRepair } from '../../warehouse/models/repair-requests.ts';
import { ensureRolloutBookkeeping } from '../../warehouse/models/rollouts/bookkeeping.ts';
import { ROLLOUT_ERRORS } from '../../warehouse/models/rollouts/errors.ts';
import { readProcess } from '../../warehouse/models/rollouts/models-process.ts';
import { ensureModelBookkeeping } from '../../warehouse/models/store/bookkeeping.ts';
import { readDeployment } from '../../warehouse/models/store/deployments.ts';
import { unlessElsewhere } from './models-rollout.ts';

const POLL_MS = 250;

/** Has models built anew, beside what readers see, and waits until they see the new ones. Throws MR-ROLL-007. */
export async function modelsRefresh(options: {
  warehouse: WarehouseConfig;
  /** To do it here where nobody keeps the models. */
  config: Config | null;
  names: readonly string[];
  wait: boolean;
  json: boolean;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { warehouse, config, names, wait, json, logger, signal } = options;
  const silent = createLogger({ name: 'models', level: 'silent' });
  const client = await connect({ config: warehouse, role: 'millrace', logger: silent });
  try {
    await ensureModelBookkeeping(client);
    await ensureRolloutBookkeeping(client);
    const kept = ((await readDeployment(client))?.live ?? []).map(({ placed }) => placed.model.name);
    const unknown = names.filter((name) => !kept.includes(name));
    if (unknown.length > 0) {
      throw new MillraceError(
        ROLLOUT_ERRORS.modelUnknown,
        `${unknown.join(', ')}; there are ${kept.join(', ') || 'none'}`,
      );
    }
    const { id } = await requestRepair(client, { replica: '', models: names, keys: [], version: '0' });
    const isPending = async (): Promise<boolean> => (await pendingRepairs(client)).some((request) => request.id === id);
    if (wait && config !== null && (await readProcess(client)) === null) {
      await runModels({ config, logger, signal, watch: false }).catch(unlessElsewhere);
    }
    while (wait && (await isPending())) {
      await sleep(POLL_MS, signal);
      signal.throwIfAborted();
    }
    const state = wait ? 'done' : 'requested';
    process.stdout.write(
      json
        ? `${JSON.stringify({ id, state, models: names })}\n`
        : `${names.join(', ')}: ${wait ? 'built anew' : state}\n`,
    );
  } finally {
    await client.close();
  }
}
