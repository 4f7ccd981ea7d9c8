import type { Published } from '../../warehouse/published/published.ts';
import { API_ERRORS } from '../errors.ts';
import { arrayText, type JsonText, jsonText, numberToken, objectText } from '../http/exact-json.ts';
import { ApiError } from '../problems/problem.ts';
import type { RequestReader, TextRow } from '../warehouse-reader.ts';
import {
  POSITIONS_QUERY,
  SOURCES_QUERY,
  TABLES_QUERY,
  VERIFICATIONS_QUERY,
  VERSIONS_QUERY,
  WAITS_QUERY,
} from './queries.ts';
import { freshnessText, schedulesText, testsText, type Upkeep } from './upkeep.ts';
import { SCHEDULES_QUERY, TESTS_QUERY } from './upkeep-queries.ts';

export interface Lag {
  /** Null while nothing was published. */
  readonly published: Published | null;
  readonly sources: readonly TextRow[];
  /** What capture does; also of sources of which nothing has been captured yet. */
  readonly captures: readonly TextRow[];
  readonly tables: readonly TextRow[];
  /** What positions wait for. */
  readonly waits: readonly TextRow[];
  /** What verifications found last; of the models: without a source. */
  readonly verifications: readonly TextRow[];
  /** Versions of the models: the last one, and that which readers see. */
  readonly versions: readonly TextRow[];
  readonly upkeep: Upkeep;
}

/** Reads how far each source is. Answers before anything was published too: that is when one wants to watch. */
export async function readLag(reader: RequestReader): Promise<Lag> {
  const [published, sources, captures, tables, waits, verifications, versions, schedules, tests] = await Promise.all([
    orWhenNothingPublished(reader.published(), null),
    orWhenNothingPublished(reader.rows(POSITIONS_QUERY), []),
    orWhenNothingPublished(reader.rows(SOURCES_QUERY), []),
    orWhenNothingPublished(reader.rows(TABLES_QUERY), []),
    orWhenNothingPublished(reader.rows(WAITS_QUERY), []),
    orWhenNothingPublished(reader.rows(VERIFICATIONS_QUERY), []),
    orWhenNothingPublished(reader.rows(VERSIONS_QUERY), []),
    orWhenNothingPublished(reader.rows(SCHEDULES_QUERY), []),
    orWhenNothingPublished(reader.rows(TESTS_QUERY), []),
  ]);
  const seen = withUnseen(sources, captures);
  const upkeep = { schedules, tests };
  return { published, sources: seen, captures, tables, waits, verifications, versions, upkeep };
}

/** A source that never got as far as a position is shown as well. */
function withUnseen(sources: readonly TextRow[], captures: readonly TextRow[]): TextRow[] {
  const seen = new Set(sources.map(({ source }) => source));
  const unseen = captures.filter(({ source }) => !seen.has(source ?? null));
  const rows = [
    ...sources,
    ...unseen.map(({ source = null, state = null }) => ({ source, state, captured_rows: '0' })),
  ];
  return rows.sort((left, right) => ((left.source ?? '') < (right.source ?? '') ? -1 : 1));
}

async function orWhenNothingPublished<T, F>(answer: Promise<T>, fallback: F): Promise<T | F> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.code === API_ERRORS.nothingPublished.code) return fallback;
    throw error;
  }
}

export function lagText(lag: Lag): JsonText {
  const { published, sources, captures, tables, waits, verifications, versions, upkeep } = lag;
  const verified = (of: string | null): JsonText =>
    verificationText(verifications.find(({ source = null }) => source === of));
  const data = arrayText(
    sources.map((row) =>
      sourceText(
        row,
        captures.find(({ source }) => source === row.source),
        tables.filter(({ source }) => source === row.source),
        waits.find(({ source }) => source === row.source),
        verified(row.source ?? ''),
      ),
    ),
  );
  const meta = objectText([
    ['as_of', jsonText(published?.asOf ?? {})],
    ['watermark', jsonText(published === null ? null : BigInt(published.watermark))],
    ['published_at', jsonText(published?.publishedAt ?? null)],
    ['lag_seconds', jsonText(published?.lagSeconds ?? null)],
    ['rows', jsonText(sources.length)],
    ['models_verification', verified(null)],
    ['models', versionsText(versions)],
    ['tests', testsText(upkeep)],
    ['freshness', freshnessText(upkeep)],
    ['schedules', schedulesText(upkeep)],
  ]);
  return `{"data":${data},"meta":${meta}}\n`;
}

function sourceText(
  row: TextRow,
  capture: TextRow | undefined,
  tables: readonly TextRow[],
  wait: TextRow | undefined,
  verification: JsonText,
): JsonText {
  return objectText([
    ['source', jsonText(row.source ?? null)],
    ['state', jsonText(row.state ?? null)],
    ['captured_lsn', jsonText(row.captured_lsn ?? null)],
    ['captured_committed_at', jsonText(row.captured_committed_at ?? null)],
    ['captured_rows', numberToken(row.captured_rows ?? null)],
    ['head_lsn', jsonText(row.head_lsn ?? null)],
    ['is_whole', jsonText(row.is_whole === 'true')],
    ['published_lsn', jsonText(row.published_lsn ?? null)],
    ['published_committed_at', jsonText(row.published_committed_at ?? null)],
    [
      'lag_seconds',
      objectText([
        ['capture', numberToken(row.capture_seconds ?? null)],
        ['publish', numberToken(row.publish_seconds ?? null)],
        ['total', numberToken(row.total_seconds ?? null)],
      ]),
    ],
    ['capture', capture === undefined ? jsonText(null) : captureText(capture)],
    ['wal', capture?.wal_level == null ? jsonText(null) : walText(capture)],
    ['waits_for', wait === undefined ? jsonText(null) : waitText(wait)],
    ['verification', verification],
    ['tables', tablesText(tables)],
  ]);
}

/** Null while no version of the models was taken up. */
function versionsText(versions: readonly TextRow[]): JsonText {
  const [last] = versions;
  if (last === undefined) return jsonText(null);
  const live = versions.find(({ state }) => state === 'live');
  return objectText([
    ['version', numberToken(live?.version ?? null)],
    ['folder', jsonText(live?.folder ?? null)],
    ['since', jsonText(live?.since ?? null)],
    ['is_rolled_back', jsonText(live?.reason === 'rollback')],
    ['last', last === live ? jsonText(null) : versionText(last)],
  ]);
}

function versionText(row: TextRow): JsonText {
  return objectText([
    ['version', numberToken(row.version ?? null)],
    ['state', jsonText(row.state ?? null)],
    ['folder', jsonText(row.folder ?? null)],
    ['since', jsonText(row.since ?? null)],
    ['code', jsonText(row.code ?? null)],
    ['detail', jsonText(row.detail ?? null)],
    ['progress', jsonText(row.progress == null ? null : JSON.parse(row.progress))],
  ]);
}

/** Null while nothing was verified. */
function verificationText(row: TextRow | undefined): JsonText {
  if (row === undefined) return jsonText(null);
  return objectText([
    ['since', jsonText(row.since ?? null)],
    ['compared', numberToken(row.compared ?? null)],
    ['differing', numberToken(row.differing ?? null)],
    ['undecided', numberToken(row.undecided ?? null)],
    ['skipped', numberToken(row.skipped ?? null)],
    ['differing_rows', numberToken(row.differing_rows ?? null)],
  ]);
}

function waitText({ topic = null, partition = null, loaded = null, wanted = null, since = null }: TextRow): JsonText {
  return objectText([
    ['topic', jsonText(topic)],
    ['partition', numberToken(partition)],
    ['loaded', numberToken(loaded)],
    ['wanted', numberToken(wanted)],
    ['since', jsonText(since)],
  ]);
}

function captureText(row: TextRow): JsonText {
  return objectText([
    ['state', jsonText(row.state ?? null)],
    ['code', jsonText(row.code ?? null)],
    ['detail', jsonText(row.detail ?? null)],
    ['remedy', jsonText(row.remedy ?? null)],
    ['seen_at', jsonText(row.seen_at ?? null)],
  ]);
}

function walText(row: TextRow): JsonText {
  return objectText([
    ['level', jsonText(row.wal_level ?? null)],
    ['retained_bytes', numberToken(row.wal_retained_bytes ?? null)],
    ['limit_bytes', numberToken(row.wal_limit_bytes ?? null)],
    ['bytes_per_second', numberToken(row.wal_bytes_per_second ?? null)],
    ['seconds_left', numberToken(row.wal_seconds_left ?? null)],
  ]);
}

/** How many there are of each state, and every one that does not plainly stream. */
function tablesText(tables: readonly TextRow[]): JsonText {
  const counts: Record<string, number> = {};
  for (const { state } of tables) counts[state ?? ''] = (counts[state ?? ''] ?? 0) + 1;
  const others = tables.filter(({ state }) => state !== 'streaming');
  return objectText([
    ['counts', jsonText(counts)],
    ['not_streaming', arrayText(others.map(tableText))],
  ]);
}

function tableText(row: TextRow): JsonText {
  return objectText([
    ['schema', jsonText(row.schema ?? null)],
    ['table', jsonText(row.table ?? null)],
    ['state', jsonText(row.state ?? null)],
    ['code', jsonText(row.code ?? null)],
    ['detail', jsonText(row.detail ?? null)],
    ['remedy', jsonText(row.remedy ?? null)],
    ['since', jsonText(row.since ?? null)],
    ['rejected_rows', numberToken(row.rejected_rows ?? null)],
    ['snapshot_rows', numberToken(row.snapshot_rows ?? null)],
    ['snapshot_bytes', numberToken(row.snapshot_bytes ?? null)],
    ['snapshot_done', numberToken(row.snapshot_done ?? null)],
    ['snapshot_rows_per_second', numberToken(row.snapshot_rows_per_second ?? null)],
    ['snapshot_seconds_left', numberToken(row.snapshot_seconds_left ?? null)],
  ]);
}
