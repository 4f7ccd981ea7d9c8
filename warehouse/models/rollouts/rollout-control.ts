import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../../../runtime/errors.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { wrapError } from '../../clickhouse/classify-error.ts';
import { isRetryable } from '../../clickhouse/retryable.ts';
import type { Engine } from '../maintain/tables.ts';
import type { ModelMetrics } from '../metrics.ts';
import type { Modeller } from '../modeller.ts';
import type { CheckBuilt } from '../versions/check-built.ts';
import { createBackfills } from './backfills.ts';
import { ensureRolloutBookkeeping } from './bookkeeping.ts';
import { ROLLOUT_ERRORS } from './errors.ts';
import { folderAtStart } from './folder-at-start.ts';
import { readFolderText } from './folder-text.ts';
import { keepFolder, readKeptFolder } from './model-folders.ts';
import { answerModelRequest, type ModelRequest, pendingModelRequests } from './model-requests.ts';
import { forgetProcess, TELL_EVERY_MS, tellProcess } from './models-process.ts';
import { type OpenedFolder, openFolder } from './opened-folder.ts';
import { prepareRollout } from './prepare-rollout.ts';
import { createPreparing, type Wanted } from './preparing.ts';
import { requestedFolder } from './requested-folder.ts';
import type { Rollout } from './rollout.ts';
import { createRate } from './rollout-progress.ts';
import { openRolloutRecord } from './rollout-record.ts';
import { dataTestsOf, testBuilt } from './test-built.ts';

/** Says with which folder the models are kept, and takes up others while they are. */
export interface RolloutControl {
  /** The folder that the models are to be opened with. */
  folder(): OpenedFolder;
  /** The folder that readers see; null where it is not known. */
  live(): Promise<OpenedFolder | null>;
  /** The folder is not seen by readers yet. */
  isUnderWay(): boolean;
  /** Looks at what is built for the folder, unless that was asked not to be. */
  check(): CheckBuilt | null;
  /** Readers see the folder's models. */
  onLive(): Promise<void>;
  /** What was built for the folder is given up. */
  onGivenUp(reason: MillraceError): Promise<void>;
  /** The models cannot be opened with the folder. True: with the one that readers see they can. */
  refuse(reason: MillraceError): Promise<boolean>;
  /** To be called between batches. True: the models are to be opened anew, with another folder. */
  step(modeller: Modeller): Promise<boolean>;
  /** Nothing is asked for, or under way. */
  isAtRest(): boolean;
  close(): Promise<void>;
}

const STEP_EVERY_MS = 500;

/** Throws what reading the folder throws where there is no other one to go on with. */
export async function openRolloutControl(options: {
  engine: Engine;
  /** The folder on the disk. */
  models: string;
  /** Where copies of folders go. */
  into: string;
  /** Whether data tests decide about a folder that has changed at the start. */
  tests: boolean;
  logger: Logger;
  metrics: ModelMetrics;
}): Promise<RolloutControl> {
  const { engine, models, into, logger, metrics } = options;
  const { client } = engine;
  await ensureRolloutBookkeeping(client);
  const own = await readFolderText(models);
  const record = await openRolloutRecord(client);
  const start = folderAtStart({ rollouts: record.all(), own: own.hash });
  const kept = start.kind === 'kept' ? await readKeptFolder(client, start.rollout.folder) : null;
  let current: OpenedFolder;
  let next: Wanted | null = null;
  if (start.kind === 'own' || kept === null) {
    current = await openOwn();
  } else {
    current = await openFolder(kept, into);
    if (start.isOwnNext) next = { request: null, reason: 'start', text: own, tests: options.tests };
  }
  let live: OpenedFolder | null = record.underWay() === null ? current : null;
  let mustReopen = false;
  let steppedAtMs = Number.NEGATIVE_INFINITY;
  let rate = createRate(() => performance.now());
  const preparing = createPreparing(prepare);
  const backfills = createBackfills(client);
  const telling = setInterval(() => void tellProcess(client).catch(() => {}), TELL_EVERY_MS);
  await tellProcess(client);
  tellMetrics();

  /** There is nothing else to go on with: a fault in it is told, and ends us. */
  async function openOwn(): Promise<OpenedFolder> {
    if (record.underWay() !== null) await record.end('cancelled');
    await keepFolder(client, own);
    await record.begin({
      folder: own.hash,
      reason: 'start',
      built: [],
      dropped: [],
      tests: false,
      ownFolder: own.hash,
    });
    try {
      return await openFolder(own, into);
    } catch (error) {
      if (error instanceof MillraceError) await record.end('failed', error);
      throw error;
    }
  }

  function tellMetrics(): void {
    const [last] = record.all();
    metrics.rollout({
      isRefused: last?.state === 'failed',
      isRolledBack: record.live()?.reason === 'rollback',
      keysLeft: last?.progress === null || last === undefined ? 0 : last.progress.keysTotal - last.progress.keysDone,
    });
  }

  async function openLive(): Promise<OpenedFolder | null> {
    const rollout = record.live();
    const text = rollout === null ? null : await readKeptFolder(client, rollout.folder);
    return text === null ? null : openFolder(text, into);
  }

  async function prepare({ text, tests }: Wanted) {
    const folder = await openFolder(text, into);
    return { folder, ...(await prepareRollout({ engine, folder, live, tests })) };
  }

  async function answer(request: ModelRequest | null, state: 'running' | 'done', rollout: number, detail = '') {
    if (request !== null) await answerModelRequest(client, request.id, { state, rollout, code: '', detail });
  }

  async function fail(request: ModelRequest | null, { code, message }: MillraceError, rollout = 0): Promise<void> {
    if (request === null) return;
    await answerModelRequest(client, request.id, { state: 'failed', rollout, code, detail: message });
  }

  /** Takes up what was prepared, or tells what is wrong with it. True: the models are to be opened anew. */
  async function takeUpPrepared(): Promise<boolean> {
    const prepared = preparing.settled();
    if (prepared === null) return false;
    const { wanted } = prepared;
    const { text, reason, request, tests } = wanted;
    const about = { folder: text.hash, reason, tests, ownFolder: own.hash };
    if ('error' in prepared) {
      if (isRetryable(prepared.error)) {
        preparing.begin(wanted);
        throw prepared.error;
      }
      const error = wrapError(prepared.error, 'taking up a folder of models');
      const { number } = await record.begin({ ...about, built: [], dropped: [] });
      await record.end('failed', error);
      logger.error({ code: error.code, detail: error.message }, 'folder of models is not taken up');
      await fail(request, error, number);
      return false;
    }
    const { folder, built, dropped } = prepared.result;
    const { number } = await record.begin({ ...about, built, dropped });
    await answer(request, 'running', number);
    logger.info({ rollout: number, folder: text.hash, built, dropped }, 'another folder of models is taken up');
    current = folder;
    rate = createRate(() => performance.now());
    return true;
  }

  async function takeRequest(request: ModelRequest, modeller: Modeller): Promise<void> {
    if (request.action === 'backfill') return backfills.follow(request, modeller, current.times);
    const underWay = record.underWay();
    if (underWay !== null) return takeWhileUnderWay(request, underWay, modeller);
    if (preparing.isBusy()) return; // Its turn comes.
    const wanted = await requestedFolder({ client, request, record }).catch((error: unknown) => {
      if (!(error instanceof MillraceError)) throw error;
      return error;
    });
    if (wanted instanceof MillraceError) return fail(request, wanted);
    const isLive = wanted.text.hash === record.live()?.folder && modeller.failures().length === 0;
    const isHeld = record.live()?.reason === 'rollback' && wanted.reason === 'run';
    if (isLive && !isHeld)
      return answer(request, 'done', record.live()?.number ?? 0, 'readers see this version already');
    if (next?.text.hash === wanted.text.hash) next = null;
    preparing.begin(wanted);
  }

  async function takeWhileUnderWay(request: ModelRequest, underWay: Rollout, modeller: Modeller): Promise<void> {
    if (request.action === 'run' && request.arguments.folder === underWay.folder) {
      return answer(request, 'running', underWay.number);
    }
    if (request.action === 'rollback' && request.arguments.to === null) {
      const { number } = underWay;
      await modeller.giveUp(new MillraceError(ROLLOUT_ERRORS.cancelled, `version ${number}`));
      return answer(request, 'done', number, `version ${number} is given up; readers keep the one that they have`);
    }
    return fail(
      request,
      new MillraceError(ROLLOUT_ERRORS.underWay, `version ${underWay.number} since ${underWay.startedAt}`),
    );
  }

  async function tellProgress(modeller: Modeller): Promise<void> {
    const state = modeller.building();
    if (state === null || record.underWay() === null) return;
    const isBuilt = state.tablesDone === state.tablesTotal;
    await record.progress(isBuilt ? 'testing' : 'building', rate(state));
  }

  /** The folder on the disk, behind what was under way at the start. */
  async function prepareNext(): Promise<void> {
    if (next === null || record.underWay() !== null || preparing.isBusy()) return;
    if (next.text.hash !== record.live()?.folder) {
      await keepFolder(client, next.text); // Where the warehouse is away, it stays the next one.
      preparing.begin(next);
    }
    next = null;
  }

  async function removeOtherFolders(): Promise<void> {
    for (const name of await readdir(into)) {
      if (name !== current.hash && name !== live?.hash) await rm(join(into, name), { recursive: true, force: true });
    }
  }

  return {
    folder: () => current,
    async live() {
      live ??= await openLive();
      return live;
    },
    isUnderWay: () => record.underWay() !== null,
    check() {
      const rollout = record.underWay();
      if (rollout === null || !rollout.tests) return null;
      const folder = current;
      return (built) => {
        const tests = dataTestsOf(folder, new Set(built.tables.keys()));
        return testBuilt({ engine, folder, tests, built });
      };
    },
    async onLive() {
      live = current;
      const number = record.underWay()?.number;
      await record.end('live');
      if (number !== undefined) logger.info({ rollout: number }, 'readers see the models of another folder');
      if (!preparing.isBusy()) await removeOtherFolders();
      tellMetrics();
    },
    async onGivenUp(reason) {
      if (record.underWay() === null) return;
      await record.end(reason.code === ROLLOUT_ERRORS.cancelled.code ? 'cancelled' : 'failed', reason);
      mustReopen = true;
      tellMetrics();
    },
    async refuse(reason) {
      if (record.underWay() === null) return false;
      await record.end('failed', reason);
      tellMetrics();
      live ??= await openLive();
      if (live === null) return false;
      current = live;
      return true;
    },
    async step(modeller) {
      if (mustReopen) {
        live ??= await openLive();
        mustReopen = false;
        if (live !== null) current = live;
        return live !== null;
      }
      if (performance.now() - steppedAtMs < STEP_EVERY_MS) return false;
      steppedAtMs = performance.now();
      await tellProgress(modeller);
      if (await takeUpPrepared()) return true;
      for (const request of await pendingModelRequests(client)) await takeRequest(request, modeller);
      if (!mustReopen) await prepareNext();
      tellMetrics();
      return false;
    },
    isAtRest: () =>
      next === null && !preparing.isBusy() && !mustReopen && record.underWay() === null && !backfills.isBusy(),
    async close() {
      clearInterval(telling);
      await preparing.ended();
      await forgetProcess(client).catch(() => {});
    },
  };
}
