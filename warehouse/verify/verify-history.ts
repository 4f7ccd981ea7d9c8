import type { ClickHouseClient } from '@clickhouse/client';
import { sleep } from '../../runtime/abortable.ts';
import type { HistoryMaintenance } from '../models/project/maintenance.ts';
import type { Model } from '../models/project/project.ts';
import { readLastWatermark } from '../models/store/watermarks.ts';
import { compareCells, keyTexts, readCells } from './compare-cells.ts';
import { VERIFY_ERRORS } from './errors.ts';
import { comparedHistory, faultyVersions } from './full-history.ts';
import { exampleOfCell } from './judge-cell.ts';
import type { Key } from './look.ts';
import type { Pace } from './pace.ts';
import { type Example, MAX_EXAMPLES, outcomeOf, type Verification } from './result.ts';

/** A snapshot that takes over its model is waited for: about a minute. */
const MOST_LOOKS = 60;
const PAUSE_MS = 1_000;

/**
 * Compares the current versions of a snapshot with the rows of its model at the published watermark, and looks for versions
 * of one key whose times overlap.
 */
export async function verifyHistory(options: {
  readonly client: ClickHouseClient;
  readonly model: Model;
  readonly maintenance: HistoryMaintenance;
  readonly showValues: boolean;
  readonly pace: Pace;
  readonly signal: AbortSignal;
}): Promise<Verification> {
  const { client, model, maintenance, pace } = options;
  const startedAtMs = Date.now();
  const nothing = { rows: 0, found: 0, differing: 0, repaired: 0, undecided: 0, rejected: 0, examples: [], notes: [] };
  const known = { kind: 'model' as const, source: '', name: model.name, position: '', ...nothing, startedAtMs };
  const since = (): number => (Date.now() - startedAtMs) / 1000;
  let found = await look();
  // The model may have been exchanged between two queries; what is wrong is wrong again.
  if (found !== null && found.differing.length + found.faulty.length > 0) {
    await sleep(PAUSE_MS, options.signal);
    options.signal.throwIfAborted();
    found = await look();
  }
  if (found === null) {
    const { code, cause: detail } = VERIFY_ERRORS.modelStopped;
    return { ...known, outcome: 'skipped', code, detail, seconds: since() };
  }
  const { compared, watermark } = found;
  const result = { differing: found.differing.length + found.faulty.length, repaired: 0, undecided: 0 };
  const outcome = outcomeOf(result);
  const error = outcome === 'differs' ? VERIFY_ERRORS.cellsDiffer : null;
  const columns = compared.columns.map(({ name }) => name);
  const { uniqueKey: keyNames } = model;
  const examples = [
    ...found.cells.map((cell) => exampleOfCell({ cell, keyNames, columns, showValues: options.showValues })),
    ...found.faulty.map((key): Example => ({ key: named(keyNames, key), kind: 'overlapping', columns: [] })),
  ];
  return {
    ...known,
    ...result,
    position: watermark,
    rows: found.full,
    found: found.kept,
    examples: examples.slice(0, MAX_EXAMPLES),
    outcome,
    code: error?.code ?? '',
    detail: error?.cause ?? '',
    seconds: since(),
  };

  /** Null while nothing can be compared. */
  async function look() {
    const compared = (await untilFollowing(options)) ? await comparedHistory(client, model, maintenance) : null;
    const published = await readLastWatermark(client);
    if (published === null || compared === null) return null;
    const { watermark } = published;
    return pace.work(async () => {
      const counts = await compareCells(client, compared, watermark);
      const keys = counts.differing.slice(0, MAX_EXAMPLES);
      const cells = keys.length === 0 ? [] : await readCells({ client, compared, keys, watermark });
      return { ...counts, cells, faulty: await readFaulty(watermark), compared, watermark };
    });
  }

  async function readFaulty(watermark: string): Promise<Key[]> {
    const answer = await client.query({
      query: `select distinct ${keyTexts(model.uniqueKey)} as _verify_key from (${faultyVersions(model, maintenance)})`,
      query_params: { watermark },
      format: 'JSONCompactEachRow',
    });
    return (await answer.json<[Key]>()).map(([key]) => key);
  }
}

function named(names: readonly string[], key: Key): Record<string, string> {
  return Object.fromEntries(names.map((name, i) => [name, key[i] as string]));
}

async function untilFollowing(options: Parameters<typeof verifyHistory>[0]): Promise<boolean> {
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const state = await stateOf(options);
    if (state !== 'pending') return state === 'current';
    await sleep(PAUSE_MS, options.signal);
    options.signal.throwIfAborted();
  }
  return false;
}

async function stateOf({ client, model }: Parameters<typeof verifyHistory>[0]): Promise<string> {
  const result = await client.query({
    query: 'select state from millrace.model_states final where model = {model:String} and is_live',
    query_params: { model: model.name },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ state: string }>();
  return row?.state ?? '';
}
