import type { ClickHouseClient } from '@clickhouse/client';
import { sleep } from '../../runtime/abortable.ts';
import { readPositions } from '../load/positions/loaded-position.ts';
import type { ReplicaShape } from '../models/maintain/read-replicas.ts';
import type { Model, Project } from '../models/project/project.ts';
import { type PublishedPosition, readLastWatermark } from '../models/store/watermarks.ts';
import { changesAhead } from './changes-ahead.ts';
import { type Cell, compareCells, readCells } from './compare-cells.ts';
import { VERIFY_ERRORS } from './errors.ts';
import { type ComparedModel, comparedModel } from './full-model.ts';
import { exampleOfCell, isEqualCell } from './judge-cell.ts';
import type { Key } from './look.ts';
import type { Pace } from './pace.ts';
import { MAX_EXAMPLES, outcomeOf, type Verification } from './result.ts';

/** Looks at the cells of one model, with growing pauses: about a minute. */
const MOST_LOOKS = 30;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 3_000;

export interface VerifyModelOptions {
  readonly client: ClickHouseClient;
  readonly project: Project;
  readonly model: Model;
  readonly replicas: ReadonlyMap<string, ReplicaShape>;
  readonly showValues: boolean;
  readonly pace: Pace;
  readonly signal: AbortSignal;
}

/**
 * Compares a model at the published watermark with what its SQL gives: over the models that it reads at the same watermark,
 * and over replicas. Those run ahead of the watermark, so what differs is looked at again until nothing that it may come
 * from is ahead; it differs when it did so twice, and everything that was loaded at the first time was published at the second.
 */
export async function verifyModel(options: VerifyModelOptions): Promise<Verification> {
  const { client, model } = options;
  const startedAtMs = Date.now();
  const nothing = { rows: 0, found: 0, differing: 0, repaired: 0, undecided: 0, rejected: 0, examples: [], notes: [] };
  const known = { kind: 'model' as const, source: '', name: model.name, position: '', ...nothing, startedAtMs };
  const since = (): number => (Date.now() - startedAtMs) / 1000;
  const published = await readLastWatermark(client);
  const compared = published === null ? null : await comparedModel(options);
  if (published === null || compared === null || (await isStopped(client, model.name))) {
    const { code, cause: detail } = VERIFY_ERRORS.modelStopped;
    return { ...known, outcome: 'skipped', code, detail, seconds: since() };
  }
  const counts = await options.pace.work(() => compareCells(client, compared, published.watermark));
  const { differing, undecided } = await settleCells(options, compared, counts.differing);
  const columns = compared.columns.map(({ name }) => name);
  const examples = differing
    .slice(0, MAX_EXAMPLES)
    .map((cell) => exampleOfCell({ cell, keyNames: keyOf(compared), columns, showValues: options.showValues }));
  const result = { differing: differing.length, repaired: 0, undecided };
  const outcome = outcomeOf(result);
  const error =
    outcome === 'differs' ? VERIFY_ERRORS.cellsDiffer : outcome === 'undecided' ? VERIFY_ERRORS.undecided : null;
  return {
    ...known,
    ...result,
    position: published.watermark,
    rows: counts.full,
    found: counts.kept,
    examples,
    outcome,
    code: error?.code ?? '',
    detail: error?.cause ?? '',
    seconds: since(),
  };
}

function keyOf({ model, columns }: ComparedModel): readonly string[] {
  return model.uniqueKey.length > 0 ? model.uniqueKey : columns.map(({ name }) => name);
}

async function settleCells(
  options: VerifyModelOptions,
  compared: ComparedModel,
  found: readonly Key[],
): Promise<{ differing: Cell[]; undecided: number }> {
  const { client, replicas, pace, signal } = options;
  const differing: Cell[] = [];
  /** Floors that have to be published before a cell that differed once is looked at for the second time. */
  const seen = new Map<string, ReadonlyMap<string, bigint>>();
  let keys = found;
  let pauseMs = FIRST_PAUSE_MS;
  for (let looks = 0; keys.length > 0 && looks < MOST_LOOKS; looks++) {
    if (looks > 0) {
      await sleep(pauseMs, signal);
      signal.throwIfAborted();
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
    keys = await pace.work(async () => {
      const before = await readLastWatermark(client);
      if (before === null) return keys;
      const cells = await readCells({ client, compared, keys, watermark: before.watermark });
      const ahead = await changesAhead({ client, compared, replicas, positions: before.positions });
      const loaded = new Map((await readPositions(client)).map(({ source, floor }) => [source, BigInt(floor)]));
      // Another build of the model is read at any watermark.
      const isSame = (await readLastWatermark(client))?.generation === before.generation;
      const again: Key[] = [];
      for (const cell of cells) {
        if (isEqualCell(cell)) continue;
        const at = JSON.stringify(cell.key);
        const asked = seen.get(at);
        if (!isSame || ahead.concernAll || maintenanceKeys(compared, cell).some((key) => ahead.keys.has(key))) {
          again.push(cell.key);
        } else if (asked !== undefined && isPublished(asked, before.positions)) {
          differing.push(cell);
        } else {
          if (asked === undefined) seen.set(at, loaded);
          again.push(cell.key);
        }
      }
      return again;
    });
  }
  return { differing, undecided: keys.length };
}

function isPublished(floors: ReadonlyMap<string, bigint>, positions: readonly PublishedPosition[]): boolean {
  return positions.every(({ source, floor }) => BigInt(floor) >= (floors.get(source) ?? 0n));
}

/** Keys by which the model is kept, of either side of a cell. */
function maintenanceKeys({ model, columns }: ComparedModel, cell: Cell): string[] {
  if (model.maintenance?.strategy !== 'by_key') return [];
  const { key } = model.maintenance;
  const at = columns.findIndex(({ name }) => name === key);
  return [...cell.full, ...cell.kept].map((row) => row[at] ?? '');
}

async function isStopped(client: ClickHouseClient, model: string): Promise<boolean> {
  const result = await client.query({
    query:
      "select count() > 0 as stopped from millrace.model_states final where model = {model:String} and is_live and state = 'failed'",
    query_params: { model },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ stopped: number }>();
  return row?.stopped === 1;
}
