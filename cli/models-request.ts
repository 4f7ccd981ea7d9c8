import type { ClickHouseClient } from '@clickhouse/client';
import { sleep } from '../runtime/abortable.ts';
import { MillraceError } from '../runtime/errors.ts';
import {
  type ModelAction,
  type ModelAnswer,
  readModelAnswer,
  requestOfModels,
} from '../warehouse/models/rollouts/model-requests.ts';
import { isUnderWay, type Rollout, readRollout } from '../warehouse/models/rollouts/rollout.ts';
import { ERROR_CATALOGUE } from './error-catalogue.ts';
import { CLI_ERRORS } from './errors.ts';

const POLL_MS = 250;

/** Asks something of the process that keeps the models, wherever it runs, and waits for what comes of it. */
export interface ModelsRequest {
  readonly client: ClickHouseClient;
  readonly asked: ModelAction;
  /** For it to be taken up; as long as it then takes. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly rollout: Rollout | null; readonly detail: string }) => void;
  /** Resolves when whoever would take it up ends; null: runs elsewhere. */
  readonly worker?: Promise<void> | null;
}

export interface ModelsOutcome {
  readonly answer: ModelAnswer;
  /** Null where it led to none. */
  readonly rollout: Rollout | null;
}

/**
 * Throws CLI_MODELS_REQUEST_PENDING when nobody takes it up, and the error that kept it from being done. Ending the wait does
 * not end what was begun.
 */
export async function requestModels(options: ModelsRequest): Promise<ModelsOutcome> {
  const { client, asked, signal, onProgress } = options;
  const { id } = await requestOfModels(client, asked);
  let answer = await taken(options, id);
  for (; answer.state === 'running' && answer.rollout === 0; answer = (await readModelAnswer(client, id)) ?? answer) {
    onProgress({ rollout: null, detail: answer.detail });
    await sleep(POLL_MS, signal);
    signal.throwIfAborted();
  }
  if (answer.state === 'failed') throw failure(answer.code, answer.detail);
  if (answer.rollout === 0) return { answer, rollout: null };
  for (;;) {
    const rollout = await readRollout(client, answer.rollout);
    if (rollout === null || answer.state === 'done') return { answer, rollout };
    if (!isUnderWay(rollout)) {
      if (rollout.state !== 'live') throw failure(rollout.code, rollout.detail);
      return { answer, rollout };
    }
    onProgress({ rollout, detail: '' });
    await sleep(POLL_MS, signal);
    signal.throwIfAborted();
  }
}

async function taken({ client, timeoutMs, signal, worker = null }: ModelsRequest, id: string): Promise<ModelAnswer> {
  const deadline = performance.now() + timeoutMs;
  let isWorking = worker !== null;
  let failed: { error: unknown } | null = null;
  worker?.then(
    () => {
      isWorking = false;
    },
    (error: unknown) => {
      isWorking = false;
      failed = { error };
    },
  );
  for (;;) {
    const answer = await readModelAnswer(client, id);
    if (answer !== null) return answer;
    if (failed !== null) throw (failed as { error: unknown }).error;
    if (!isWorking && performance.now() > deadline) {
      throw new MillraceError(CLI_ERRORS.modelsRequestPending, `no answer in ${timeoutMs} ms`);
    }
    await sleep(POLL_MS, signal);
    signal.throwIfAborted();
  }
}

/** With the code and the remedy of what is wrong, as if it had been met here. */
function failure(code: string, detail: string): MillraceError {
  const definition = ERROR_CATALOGUE.flatMap(({ errors }) => errors).find((error) => error.code === code);
  const text = detail.startsWith(`${code}: `) ? detail.slice(code.length + 2) : detail;
  return new MillraceError(definition ?? CLI_ERRORS.modelsRequestFailed, definition === undefined ? detail : text);
}
