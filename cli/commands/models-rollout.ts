import type { Config, WarehouseConfig } from '../../runtime/config/config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { createLogger, type Logger } from '../../runtime/logger.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { MODEL_ERRORS } from '../../warehouse/models/errors.ts';
import { runModels } from '../../warehouse/models/main.ts';
import { ensureRolloutBookkeeping } from '../../warehouse/models/rollouts/bookkeeping.ts';
import { readFolderText } from '../../warehouse/models/rollouts/folder-text.ts';
import { keepFolder } from '../../warehouse/models/rollouts/model-folders.ts';
import { type ModelAction, requestOfModels } from '../../warehouse/models/rollouts/model-requests.ts';
import { readProcess } from '../../warehouse/models/rollouts/models-process.ts';
import { outcomeText, progressText } from '../models-report.ts';
import { type ModelsOutcome, requestModels } from '../models-request.ts';

export interface ModelsRolloutOptions {
  readonly warehouse: WarehouseConfig;
  /** To do it here where nobody keeps the models; null: only the warehouse is known. */
  readonly config: Config | null;
  /** What is asked; of a folder: where it is. */
  readonly asked:
    | Exclude<ModelAction, { action: 'run' }>
    | { readonly action: 'run'; readonly folder: string; readonly tests: boolean };
  /** False: write the request down and return. */
  readonly wait: boolean;
  readonly timeoutMs: number;
  readonly json: boolean;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Asks the process that keeps the models, on whatever machine, to take up a folder, to go back, or to compute again; does it
 * here where none runs. Throws what `requestModels` throws.
 */
export async function modelsRollout(options: ModelsRolloutOptions): Promise<void> {
  const { warehouse, config, wait, timeoutMs, json, logger, signal } = options;
  const client = await connect({
    config: warehouse,
    role: 'millrace',
    logger: createLogger({ name: 'models', level: 'silent' }),
  });
  const here = new AbortController();
  let worker: Promise<void> = Promise.resolve();
  let isHere = false;
  try {
    await ensureRolloutBookkeeping(client);
    const asked = await actionOf(options, (folder) => keepFolder(client, folder));
    if (!wait) {
      const { id } = await requestOfModels(client, asked);
      process.stdout.write(json ? `${JSON.stringify({ id, state: 'requested' })}\n` : 'requested\n');
      return;
    }
    if (config !== null && (await readProcess(client)) === null) {
      isHere = true;
      const signals = AbortSignal.any([signal, here.signal]);
      const testModels = asked.action === 'run' ? asked.arguments.tests : config.testModels !== false;
      worker = runModels({ config: { ...config, testModels }, logger, signal: signals, watch: false }).catch(
        unlessElsewhere,
      );
    }
    const tell = createTelling(json);
    const outcome = await requestModels({
      client,
      asked,
      timeoutMs,
      signal,
      worker: isHere ? worker : null,
      onProgress: tell,
    });
    await worker;
    process.stdout.write(json ? `${JSON.stringify(documentOf(outcome))}\n` : `${outcomeText(outcome)}\n`);
  } finally {
    here.abort();
    await worker.catch(() => {});
    await client.close();
  }
}

async function actionOf(
  { asked }: ModelsRolloutOptions,
  keep: (folder: Awaited<ReturnType<typeof readFolderText>>) => Promise<void>,
): Promise<ModelAction> {
  if (asked.action !== 'run') return asked;
  const text = await readFolderText(asked.folder);
  await keep(text);
  return { action: 'run', arguments: { folder: text.hash, tests: asked.tests } };
}

/** It was started a moment ago. */
export function unlessElsewhere(error: unknown): void {
  if (!(error instanceof MillraceError)) throw error;
  const isElsewhere: readonly string[] = [MODEL_ERRORS.stateFolderInUse.code, MODEL_ERRORS.keptElsewhere.code];
  if (!isElsewhere.includes(error.code)) throw error;
}

/** A line for each change, on standard error: what comes of it is alone on standard output. */
function createTelling(json: boolean): Parameters<typeof requestModels>[0]['onProgress'] {
  let told = '';
  return (progress) => {
    const text = progressText(progress);
    if (json || text === told) return;
    told = text;
    process.stderr.write(`${text}\n`);
  };
}

function documentOf({ answer, rollout }: ModelsOutcome): object {
  return {
    state: answer.state === 'running' ? (rollout?.state ?? 'done') : answer.state,
    detail: answer.detail,
    rollout,
  };
}
