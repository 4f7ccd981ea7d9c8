import type { ClickHouseClient } from '@clickhouse/client';
import { sleep } from '../../../runtime/abortable.ts';
import type { FittedModel } from '../../forecasts/fit-models.ts';
import { runFit } from '../../forecasts/run-fit.ts';
import { ensureModelBookkeeping } from '../../models/store/bookkeeping.ts';
import { readPublished } from '../../published/published.ts';
import type { ScheduledTask } from '../task.ts';
import type { TaskEnvironment } from './task-environment.ts';

/** The first build may take longer than a task of the first minute waits: it is tried again then. */
const LONGEST_WAIT_MS = 5 * 60_000;
const LOOK_MS = 1_000;

/**
 * Fits the models of what customers will buy anew; a run that is repeated adds a newer fit of the same. The first one is made as
 * soon as something was published, since there is no forecast until then.
 */
export function forecastTask({ client }: Pick<TaskEnvironment, 'client'>): ScheduledTask {
  return {
    name: 'forecasts',
    isWantedAtOnce: true,
    async run({ signal }) {
      await firstState(client, signal);
      const done = await runFit({ client, until: null, signal });
      return typeof done === 'string' ? done : done.fitted.map(fitText).join('; ');
    },
  };
}

async function firstState(client: ClickHouseClient, signal: AbortSignal): Promise<void> {
  await ensureModelBookkeeping(client);
  const untilMs = Date.now() + LONGEST_WAIT_MS;
  while (Date.now() < untilMs && (await readPublished(client)) === null) {
    await sleep(LOOK_MS, signal);
    signal.throwIfAborted();
  }
}

export function fitText({ model, state, flags, customers }: FittedModel): string {
  const against = flags.length === 0 ? '' : ` (${flags.join(', ')})`;
  return `${model} ${state}${against}, ${customers} customers`;
}
