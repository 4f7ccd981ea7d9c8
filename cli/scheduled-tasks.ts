import type { ClickHouseClient } from '@clickhouse/client';
import type { Config } from '../runtime/config/config.ts';
import { DEFAULT_SCHEDULES, type VerificationScheduleConfig } from '../runtime/config/schedules.ts';
import { ensureBookkeeping } from '../warehouse/load/bookkeeping.ts';
import { ensureModelBookkeeping } from '../warehouse/models/store/bookkeeping.ts';
import type { PlannedTask } from '../warehouse/schedules/run-schedules.ts';
import type { ScheduledTask } from '../warehouse/schedules/task.ts';
import { foldingTask } from '../warehouse/schedules/tasks/folding-task.ts';
import { forecastTask } from '../warehouse/schedules/tasks/forecast-task.ts';
import { retentionTask } from '../warehouse/schedules/tasks/retention-task.ts';
import { testTasks } from '../warehouse/schedules/tasks/test-tasks.ts';
import { verifyRun } from '../warehouse/verify/verify-run.ts';
import { verifyRunOptions } from './verify/run-options.ts';
import { summaryText } from './verify/verify-report.ts';

/** Where a task is done: beside the sources, which nobody else can reach, or beside the models. */
export type TaskPlace = 'ingest' | 'models';

/**
 * What is done from time to time, with when; of one part, or all of it. Tasks of other parts (the API's) are to be added here: this
 * is the one place that knows all parts.
 */
export function plannedTasks(config: Config, client: ClickHouseClient, place?: TaskPlace): PlannedTask[] {
  const planned: PlannedTask[] = [];
  const { forecasts, freshness, folding, retention, tests, verification } = config.schedules ?? DEFAULT_SCHEDULES;
  if (place !== 'ingest' && config.models !== false) {
    const environment = { client, warehouse: config.warehouse, models: config.models };
    const testing = testTasks(environment);
    planned.push(
      { task: testing.freshness, schedule: freshness },
      { task: foldingTask(environment), schedule: folding },
      { task: retentionTask(environment), schedule: retention },
      { task: testing.tests, schedule: tests },
      { task: forecastTask(environment), schedule: forecasts },
    );
  }
  if (place !== 'models') {
    planned.push({ task: verificationTask(config, client, verification), schedule: verification });
  }
  return planned;
}

const EVERYTHING = { source: null, table: null, model: null };

/** `millrace verify`. What it finds is no failure of the task: it is in `millrace.verifications`, the status and the metrics. */
function verificationTask(
  config: Config,
  client: ClickHouseClient,
  schedule: VerificationScheduleConfig | null,
): ScheduledTask {
  const { budget, repair } = schedule ?? DEFAULT_SCHEDULES.verification;
  return {
    name: 'verification',
    async run({ signal, logger }) {
      await ensureBookkeeping(client);
      await ensureModelBookkeeping(client);
      const how = { config, client, selection: EVERYTHING, repair, showValues: false, budget, signal };
      const results = await verifyRun({
        ...(await verifyRunOptions(how)),
        onResult: ({ kind, source, name, outcome, differing, code }) => {
          if (outcome === 'differs') logger.error({ kind, source, name, differing, code }, 'rows differ');
        },
      });
      return summaryText(results);
    },
  };
}
