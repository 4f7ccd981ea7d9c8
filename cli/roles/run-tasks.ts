import type { Registry } from 'prom-client';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { runSchedules } from '../../warehouse/schedules/run-schedules.ts';
import { plannedTasks, type TaskPlace } from '../scheduled-tasks.ts';
import type { RoleOptions } from './role.ts';

/** Does a part's share of what is done from time to time, until the signal. Never rejects: nothing else is to stop for it. */
export async function runTasks(
  options: Pick<RoleOptions, 'config' | 'logger' | 'signal'> & { place: TaskPlace; metrics: Registry },
): Promise<void> {
  const { config, logger, signal, place, metrics } = options;
  try {
    const client = await connect({ config: config.warehouse, role: 'millrace', logger });
    try {
      await runSchedules({ client, planned: plannedTasks(config, client, place), logger, signal, metrics });
    } finally {
      await client.close();
    }
  } catch (error) {
    logger.error({ err: error }, 'nothing is done from time to time: schedules cannot be run');
  }
}
