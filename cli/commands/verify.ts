import { Registry } from 'prom-client';
import { sleep } from '../../runtime/abortable.ts';
import type { Config } from '../../runtime/config/config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { startMetricsServer } from '../../runtime/metrics.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { isRetryable } from '../../warehouse/clickhouse/retryable.ts';
import { ensureBookkeeping } from '../../warehouse/load/bookkeeping.ts';
import { ensureModelBookkeeping } from '../../warehouse/models/store/bookkeeping.ts';
import { createVerifyMetrics } from '../../warehouse/verify/metrics.ts';
import type { Verification } from '../../warehouse/verify/result.ts';
import type { Selection } from '../../warehouse/verify/selection.ts';
import { type VerifyRunOptions, verifyRun } from '../../warehouse/verify/verify-run.ts';
import { CLI_ERRORS } from '../errors.ts';
import { LOCAL_METRICS, type MetricsAddress } from '../roles/role.ts';
import { verifyRunOptions } from '../verify/run-options.ts';
import { isProven, resultLine, resultText, summaryText } from '../verify/verify-report.ts';

export interface VerifyOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly selection: Selection;
  readonly repair: boolean;
  readonly showValues: boolean;
  readonly continuous: boolean;
  /** Share of a core. */
  readonly budget: number;
  readonly json: boolean;
  readonly metricsAddress?: MetricsAddress;
}

/** At the least, between two rounds. */
const REST_MS = 10_000;

/**
 * Compares replicas with sources and models with their SQL, and prints what came of it. True when everything was compared
 * and is equal, or was put right. Throws CLI_SOURCE_UNKNOWN, MR-VERIFY-010.
 */
export async function verify(options: VerifyOptions): Promise<boolean> {
  const { config, logger, signal, selection, json, budget } = options;
  const names = config.sources.map(({ name }) => name);
  const source = selection.source ?? selection.table?.slice(0, selection.table.indexOf('.')) ?? null;
  if (source !== null && !names.includes(source)) {
    throw new MillraceError(CLI_ERRORS.sourceUnknown, `${source}; there are ${names.join(', ')}`);
  }
  const client = await connect({ config: config.warehouse, role: 'millrace', logger });
  try {
    await ensureBookkeeping(client);
    await ensureModelBookkeeping(client);
    const { repair, showValues } = options;
    const run = await verifyRunOptions({ config, client, selection, repair, showValues, budget, signal });
    if (options.continuous) {
      await verifyForEver(run, options);
      return true;
    }
    const onResult = (result: Verification): void => {
      if (!json) print(resultText(result));
    };
    const results = await verifyRun({ ...run, onResult });
    print(json ? JSON.stringify({ equal: isProven(results), results: results.map(resultLine) }) : summaryText(results));
    return isProven(results);
  } finally {
    await client.close();
  }
}

/** Round after round until the signal aborts; what is away is waited for. */
async function verifyForEver(run: Omit<VerifyRunOptions, 'onResult'>, options: VerifyOptions): Promise<void> {
  const { logger, signal, json, metricsAddress } = options;
  const registry = new Registry();
  const metrics = createVerifyMetrics(registry);
  const server = await startMetricsServer({ registry, ...(metricsAddress ?? LOCAL_METRICS) });
  print(JSON.stringify({ event: 'ready', metrics: server.url }));
  const onResult = (result: Verification): void => {
    metrics.verified(result);
    const { kind, source, name, outcome, differing, repaired, undecided, code } = result;
    const told = { kind, source, name, outcome, differing, repaired, undecided, code };
    if (outcome === 'differs' || outcome === 'repaired') logger.error(told, 'rows differ');
    else if (outcome !== 'equal') logger.info(told, 'not decided');
    if (json) print(JSON.stringify(resultLine(result)));
  };
  try {
    while (!signal.aborted) {
      try {
        await verifyRun({ ...run, onResult });
        metrics.round();
      } catch (error) {
        if (signal.aborted) return;
        if (!isRetryable(error) && !(error instanceof MillraceError && error.policy === 'retry')) throw error;
        logger.warn({ err: error }, 'not verified: tried again');
      }
      await sleep(REST_MS, signal);
    }
  } finally {
    await server.close();
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
