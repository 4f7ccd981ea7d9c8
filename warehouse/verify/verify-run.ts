import { randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import type { SourceRows, SourceTable } from '../../changelog/source-rows.ts';
import { sleep } from '../../runtime/abortable.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { readReplicas } from '../models/maintain/read-replicas.ts';
import { planProject } from '../models/plan.ts';
import type { Project } from '../models/project/project.ts';
import { pendingRepairs, requestRepair } from '../models/repair-requests.ts';
import { VERIFY_ERRORS } from './errors.ts';
import type { Pace } from './pace.ts';
import { refusedComparison } from './refused-comparison.ts';
import type { Verification } from './result.ts';
import { dropLeftoverScratch } from './scratch-table.ts';
import { isChosen, type Selection } from './selection.ts';
import { ensureVerifications, recordVerification } from './verifications.ts';
import { verifyHistory } from './verify-history.ts';
import { verifyModel } from './verify-model.ts';
import { verifyTable } from './verify-table.ts';

/** A source that can be asked for its rows. */
export interface VerifiedSource {
  readonly name: string;
  /** Null: nobody can; its positions are not those of its database. */
  readonly open: (() => Promise<SourceRows>) | null;
}

export interface VerifyRunOptions {
  readonly client: ClickHouseClient;
  readonly sources: readonly VerifiedSource[];
  /** Null without models. */
  readonly project: Project | null;
  readonly selection: Selection;
  readonly repair: boolean;
  readonly showValues: boolean;
  readonly pace: Pace;
  readonly signal: AbortSignal;
  /** Told each result as it comes. */
  readonly onResult: (result: Verification) => void;
}

const POLL_MS = 250;
/** Building models anew may take as long as the first time. */
const REPAIR_LIMIT_MS = 30 * 60_000;

/**
 * Compares everything that is chosen, once: replicas with their sources, then models with what their SQL gives. Results are
 * written down too. Rejects with MR-VERIFY-010 where nothing of a chosen name is there.
 */
export async function verifyRun(options: VerifyRunOptions): Promise<Verification[]> {
  const { client, sources, selection, onResult } = options;
  await ensureVerifications(client);
  await dropLeftoverScratch(client);
  const run = randomUUID();
  const results: Verification[] = [];
  const seen: string[] = [];
  const tell = async (result: Verification): Promise<void> => {
    await recordVerification(client, run, result);
    results.push(result);
    onResult(result);
  };
  for (const source of sources) {
    if (!isChosen.source(selection, source.name)) continue;
    for await (const result of verifySource(options, source, seen)) await tell(result);
  }
  for await (const result of verifyModels(options, seen)) await tell(result);
  if (results.length === 0 && (selection.table !== null || selection.model !== null)) {
    const asked = selection.table ?? selection.model;
    throw new MillraceError(VERIFY_ERRORS.tableUnknown, `${asked}; there are ${seen.join(', ') || 'none'}`);
  }
  return results;
}

async function* verifySource(
  options: VerifyRunOptions,
  source: VerifiedSource,
  seen: string[],
): AsyncGenerator<Verification> {
  const { client, selection, signal } = options;
  if (source.open === null) {
    yield skipped(source.name, VERIFY_ERRORS.topicsOnly.code, VERIFY_ERRORS.topicsOnly.cause);
    return;
  }
  let rows: SourceRows | null = null;
  try {
    let tables: readonly SourceTable[];
    try {
      rows = await source.open();
      tables = await rows.tables();
    } catch (error) {
      if (signal.aborted || !(error instanceof MillraceError)) throw error;
      yield skipped(source.name, VERIFY_ERRORS.sourceUnreadable.code, error.message);
      return;
    }
    for (const table of tables) {
      seen.push(`${source.name}.${table.table}`);
      if (!isChosen.table(selection, source.name, table)) continue;
      yield await verifyTable({ ...options, client, source: rows, table });
    }
  } finally {
    await rows?.close();
  }
}

async function* verifyModels(options: VerifyRunOptions, seen: string[]): AsyncGenerator<Verification> {
  const { client, project, selection, repair } = options;
  if (project === null || !isChosen.models(selection)) return;
  // Rows that were put right are on their way to the models.
  await repairsDone(options);
  const replicas = await readReplicas(client, planProject(project));
  const models = project.models.filter(({ materialized }) => materialized !== 'view');
  const differing: Verification[] = [];
  for (const model of models) {
    seen.push(model.name);
    if (!isChosen.model(selection, model.name)) continue;
    const result = await verifyKept({ ...options, project, model, replicas }).catch((error: unknown) => {
      const refused = options.signal.aborted ? null : refusedComparison(error);
      if (refused === null) throw error;
      return { ...skipped('', refused.code, refused.detail), kind: 'model' as const, name: model.name };
    });
    if (repair && result.outcome === 'differs') differing.push(result);
    else yield result;
  }
  if (differing.length === 0) return;
  const again = await builtAnew(differing.map(({ name }) => name));
  // What they are built from may be wrong as well: then all of it is read again.
  const still = again.filter(({ outcome }) => outcome === 'differs');
  const last = still.length === 0 ? again : await builtAnew([]);
  for (const result of differing) {
    const now = last.find(({ name }) => name === result.name);
    if (now === undefined) continue;
    const repaired = Math.max(0, result.differing - now.differing);
    yield now.outcome === 'equal'
      ? { ...result, outcome: 'repaired', repaired: result.differing, code: '', detail: '' }
      : { ...result, outcome: 'differs', repaired };
  }

  /** None named: all of them, from the replicas. */
  async function builtAnew(names: readonly string[]): Promise<Verification[]> {
    await requestRepair(client, { replica: '', models: names, keys: [], version: '0' });
    await repairsDone(options);
    const results: Verification[] = [];
    for (const { name } of differing) {
      const model = models.find((each) => each.name === name);
      if (model === undefined || project === null) continue;
      results.push(await verifyKept({ ...options, project, model, replicas }));
    }
    return results;
  }
}

function verifyKept(options: Parameters<typeof verifyModel>[0]): Promise<Verification> {
  const { maintenance } = options.model;
  return maintenance?.strategy === 'history' ? verifyHistory({ ...options, maintenance }) : verifyModel(options);
}

/** Rejects with MR-VERIFY-011 when nobody meets what was asked for. */
async function repairsDone({ client, signal }: VerifyRunOptions): Promise<void> {
  const deadline = performance.now() + REPAIR_LIMIT_MS;
  for (;;) {
    const pending = await pendingRepairs(client);
    if (pending.length === 0) return;
    if (performance.now() > deadline) {
      throw new MillraceError(VERIFY_ERRORS.repairPending, `${pending.length} requests are open`);
    }
    await sleep(POLL_MS, signal);
    signal.throwIfAborted();
  }
}

/** Nothing of the source can be compared. */
function skipped(source: string, code: string, detail: string): Verification {
  const nothing = { rows: 0, found: 0, differing: 0, repaired: 0, undecided: 0, rejected: 0, examples: [], notes: [] };
  const known = { kind: 'replica' as const, source, name: '*', outcome: 'skipped' as const, position: '' };
  return { ...known, ...nothing, code, detail, startedAtMs: Date.now(), seconds: 0 };
}
