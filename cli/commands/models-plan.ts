import type { WarehouseConfig } from '../../runtime/config/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { type PlannedStep, planDeployment } from '../../warehouse/models/plan-deployment.ts';

/** Prints what taking up the folder would do. Throws as `planDeployment` does. */
export async function modelsPlan(options: {
  warehouse: WarehouseConfig;
  models: string;
  json: boolean;
}): Promise<void> {
  const { warehouse, models, json } = options;
  const logger = createLogger({ name: 'models', level: 'silent' });
  const client = await connect({ config: warehouse, role: 'millrace', logger });
  try {
    const steps = await planDeployment({ client, models });
    process.stdout.write(json ? `${JSON.stringify({ models: steps })}\n` : textOf(steps));
  } finally {
    await client.close();
  }
}

function textOf(steps: readonly PlannedStep[]): string {
  const changes = steps.filter(({ action }) => action !== 'keep');
  const kept = steps.length - changes.length;
  if (changes.length === 0) return `nothing to do: all ${kept} models are as they are\n`;
  const width = Math.max(...changes.map(({ model }) => model.length));
  const lines = changes.map(({ model, action, why, how, rows, readBy }) =>
    [
      `${action.padEnd(5)} ${model.padEnd(width)}  ${why}`,
      how === null ? '' : `; ${how}`,
      rows === null ? '' : `; ${rows} rows now`,
      readBy.length === 0 ? '' : `; read by ${readBy.join(', ')}`,
    ].join(''),
  );
  return `${lines.join('\n')}\n${kept} models are kept as they are; readers see the new ones in one step, when all are built\n`;
}
