import { DEFAULT_HORIZON_MS } from '../../../runtime/config/config.ts';
import { ensureModelBookkeeping } from '../../models/store/bookkeeping.ts';
import { foldModels } from '../../models/store/fold/fold-models.ts';
import type { ScheduledTask } from '../task.ts';
import type { TaskEnvironment } from './task-environment.ts';

/** Sums differences of cubes up, and removes rows that no state within the horizon has. */
export function foldingTask({ client, warehouse }: TaskEnvironment): ScheduledTask {
  return {
    name: 'folding',
    async run({ signal, logger }) {
      await ensureModelBookkeeping(client);
      return foldModels({ client, horizonMs: warehouse.horizonMs ?? DEFAULT_HORIZON_MS, logger, signal });
    },
  };
}
