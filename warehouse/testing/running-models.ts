import { Registry } from 'prom-client';
import { sleep } from '../../runtime/abortable.ts';
import type { Config } from '../../runtime/config/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { runModels } from '../models/main.ts';
import { readProject } from '../models/project/read-project.ts';
import { readFolderText } from '../models/rollouts/folder-text.ts';
import { keepFolder } from '../models/rollouts/model-folders.ts';
import {
  type ModelAction,
  type ModelAnswer,
  readModelAnswer,
  requestOfModels,
} from '../models/rollouts/model-requests.ts';
import { isUnderWay, type Rollout, readRollout } from '../models/rollouts/rollout.ts';
import { differencesOf } from './full-build.ts';
import { SHOP_TABLES } from './shop.ts';
import type { TemporaryWarehouse } from './temporary-warehouse.ts';

/** The process that keeps models, as `up` runs it, in this one; and traffic beside it. */
export interface RunningModels {
  /** Again, when it runs. */
  start(): Promise<void>;
  stop(): Promise<void>;
  ask(asked: ModelAction): Promise<ModelAnswer>;
  /** Asks for a folder. */
  askRun(folder: string, tests?: boolean): Promise<ModelAnswer>;
  /** The rollout that an answer speaks of, when it is over. */
  ended(answer: Pick<ModelAnswer, 'rollout'>): Promise<Rollout>;
  /** Stops, comes up to what is loaded, and answers the models that are not what their SQL gives; then goes on. */
  differing(folder: string): Promise<string[]>;
  metric(name: string): Promise<number | undefined>;
}

/** Longer than any test but those that are given more time than others. */
const DEADLINE_MS = 300_000;

export function createRunningModels(options: {
  warehouse: TemporaryWarehouse;
  /** The folder on its disk. */
  models: string;
  /** Makes changes and commits them; again and again while the models run. */
  traffic: () => Promise<void>;
}): RunningModels {
  const { warehouse, models, traffic } = options;
  const { client } = warehouse;
  const logger = createLogger({ name: 'models', level: 'fatal' });
  const names = [...new Set(Object.values(SHOP_TABLES).map(({ source }) => source))];
  const source = { url: '', schemas: ['public'], tables: ['*'], exclude: [], snapshotConnections: 1 };
  const config: Config = {
    warehouse: warehouse.config,
    log: 'direct',
    sources: names.map((name) => ({ name, ...source })),
    models,
    api: { host: '127.0.0.1', port: 0 },
  };
  let registry = new Registry();
  let stopRunning: (() => Promise<void>) | null = null;

  async function stop(): Promise<void> {
    const stopping = stopRunning;
    stopRunning = null;
    await stopping?.();
  }

  async function start(): Promise<void> {
    await stop();
    const stopping = new AbortController();
    const { signal } = stopping;
    registry = new Registry();
    const running = runModels({ config, logger, signal, watch: true, metrics: registry });
    running.catch(() => {}); // Whoever stops it hears of it.
    const busy = (async () => {
      while (!signal.aborted) await traffic();
    })();
    stopRunning = async () => {
      stopping.abort();
      await busy;
      await running;
    };
  }

  const ask = async (asked: ModelAction): Promise<ModelAnswer> => {
    const { id } = await requestOfModels(client, asked);
    return until(() => readModelAnswer(client, id), `an answer to ${JSON.stringify(asked)}`);
  };

  return {
    start,
    stop,
    ask,
    async askRun(folder, tests = true) {
      const text = await readFolderText(folder);
      await keepFolder(client, text);
      return ask({ action: 'run', arguments: { folder: text.hash, tests } });
    },
    ended: ({ rollout: number }) =>
      until(async () => {
        const rollout = await readRollout(client, number);
        return rollout !== null && !isUnderWay(rollout) ? rollout : null;
      }, `the end of version ${number}`),
    async differing(folder) {
      await stop();
      await runModels({ config, logger, signal: new AbortController().signal, watch: false });
      const tables = (await readProject(folder)).models.filter(({ materialized }) => materialized === 'table');
      const project = await readProject(folder);
      const found: string[] = [];
      for (const { name } of tables) {
        const differences = await differencesOf(client, project, name, 'kept');
        if (differences !== '') found.push(`${name}: ${differences}`);
      }
      await start();
      return found;
    },
    metric: async (name) => (await registry.getSingleMetric(name)?.get())?.values[0]?.value,
  };
}

/** What `look` gives as soon as it gives something. */
export async function until<T>(look: () => Promise<T | null | undefined | false>, what: string): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`not within ${DEADLINE_MS / 1000} s: ${what}`);
    await sleep(50, new AbortController().signal);
  }
}
