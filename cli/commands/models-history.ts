import type { WarehouseConfig } from '../../runtime/config/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { ensureRolloutBookkeeping } from '../../warehouse/models/rollouts/bookkeeping.ts';
import { readRollouts } from '../../warehouse/models/rollouts/rollout.ts';
import { historyText } from '../models-report.ts';

/** Prints every folder of models that was taken up, or was not, the newest first. */
export async function modelsHistory(options: { warehouse: WarehouseConfig; json: boolean }): Promise<void> {
  const logger = createLogger({ name: 'models', level: 'silent' });
  const client = await connect({ config: options.warehouse, role: 'millrace', logger });
  try {
    await ensureRolloutBookkeeping(client);
    const rollouts = await readRollouts(client);
    process.stdout.write(options.json ? `${JSON.stringify({ rollouts })}\n` : `${historyText(rollouts)}\n`);
  } finally {
    await client.close();
  }
}
