import { resolve } from 'node:path';
import { ConfigError } from '../../runtime/config/errors.ts';
import { loadConfig } from '../../runtime/config/load-config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { RolloutProgress } from '../../warehouse/models/rollouts/rollout.ts';
import { demoFolder } from '../demo-folder.ts';
import { CLI_ERRORS } from '../errors.ts';
import { rolloutText } from '../models-report.ts';
import { type RunFile, readRunFile } from '../run-file.ts';
import { cellsText } from '../table-text.ts';
import { type ResultsAnswer, resultsText, type ScheduleAnswer, schedulesText } from './status-upkeep.ts';

export interface StatusOptions {
  readonly config?: string;
  readonly data?: string;
  readonly json: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

interface TableTrouble {
  readonly schema: string;
  readonly table: string;
  readonly state: string;
  readonly code: string | null;
  readonly remedy: string | null;
  readonly rejected_rows: number;
  readonly snapshot_rows: number;
  readonly snapshot_bytes: number;
  readonly snapshot_done: number;
  readonly snapshot_rows_per_second: number | null;
  readonly snapshot_seconds_left: number | null;
}

/** What was verified of a source, or of the models, and what came of it. */
export interface Verified {
  readonly since: string | null;
  readonly compared: number;
  readonly differing: number;
  readonly undecided: number;
  readonly skipped: number;
  readonly differing_rows: number;
}

/** Which version of the models readers see, and the last that was to take its place. */
export interface ModelsVersion {
  readonly version: number | null;
  readonly since: string | null;
  readonly is_rolled_back: boolean;
  readonly last: {
    readonly version: number;
    readonly state: string;
    readonly code: string | null;
    readonly detail: string | null;
    readonly progress: RolloutProgress | null;
  } | null;
}

/** The answer of `/v1/lag`, as far as it is shown. */
interface LagAnswer {
  readonly data: readonly {
    readonly source: string;
    readonly state: string | null;
    readonly captured_rows: number | null;
    readonly captured_lsn: string | null;
    readonly is_whole: boolean;
    readonly published_lsn: string | null;
    readonly lag_seconds: {
      readonly capture: number | null;
      readonly publish: number | null;
      readonly total: number | null;
    };
    readonly capture: { readonly state: string; readonly code: string | null; readonly remedy: string | null } | null;
    readonly wal: {
      readonly level: string;
      readonly retained_bytes: number;
      readonly limit_bytes: number | null;
      readonly seconds_left: number | null;
    } | null;
    readonly waits_for?: { readonly topic: string; readonly partition: number; readonly since: string } | null;
    readonly verification?: Verified | null;
    readonly tables: {
      readonly counts: Readonly<Record<string, number>>;
      readonly not_streaming: readonly TableTrouble[];
    };
  }[];
  readonly meta: {
    readonly watermark: number | null;
    readonly published_at: string | null;
    readonly lag_seconds: number | null;
    readonly models_verification?: Verified | null;
    readonly models?: ModelsVersion | null;
    readonly tests?: ResultsAnswer | null;
    readonly freshness?: ResultsAnswer | null;
    readonly schedules?: readonly ScheduleAnswer[];
  };
}

const REQUEST_TIMEOUT_MS = 10_000;

/** Prints what the running system has reached. Throws CLI_NOT_RUNNING, CLI_API_UNREACHABLE, CLI_API_REFUSED. */
export async function status(options: StatusOptions): Promise<void> {
  const run = findRun(options);
  if (run === null) throw new MillraceError(CLI_ERRORS.notRunning, 'no run.json of a living process was found');
  const lag = await readLag(run.api, options.env.MILLRACE_API_KEY);
  if (options.json) {
    const { parts, api, supervisor } = run;
    process.stdout.write(`${JSON.stringify({ api, pid: supervisor.pid, parts, sources: lag.data, ...lag.meta })}\n`);
    return;
  }
  process.stdout.write(`${formatTable(run, lag)}\n`);
}

/** The configuration says where the state is; without one, the demo's default folders are looked at too. */
function findRun(options: StatusOptions): RunFile | null {
  const { data, config, env, cwd } = options;
  if (data !== undefined) return readRunFile(resolve(cwd, data, 'state'));
  try {
    const loaded = loadConfig({ path: config, env, cwd });
    return readRunFile(loaded.warehouse.stateFolder);
  } catch (error) {
    const named = config !== undefined || (env.MILLRACE_CONFIG ?? '') !== '';
    if (!(error instanceof ConfigError) || error.code !== 'CONFIG_NOT_FOUND' || named) throw error;
    const runs = [false, true].map((kafka) => readRunFile(resolve(cwd, demoFolder(kafka), 'state')));
    return runs.find((run) => run !== null) ?? null;
  }
}

async function readLag(api: string, key: string | undefined): Promise<LagAnswer> {
  try {
    const headers: Record<string, string> = key === undefined || key === '' ? {} : { 'x-api-key': key };
    const response = await fetch(`${api}/v1/lag`, { headers, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    if (response.status === 401 || response.status === 403) throw new MillraceError(CLI_ERRORS.apiRefused, api);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return (await response.json()) as LagAnswer;
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    throw new MillraceError(CLI_ERRORS.apiUnreachable, api, { cause: error });
  }
}

function formatTable(run: RunFile, { data, meta }: LagAnswer): string {
  const seconds = (value: number | null): string => (value === null ? '-' : `${value.toFixed(1)} s`);
  const rows = [
    ['source', 'state', 'captured rows', 'to replicas', 'to reports', 'in all', 'WAL kept', 'captured', 'published'],
    ...data.map((source) => [
      source.source,
      source.capture?.state ?? source.state ?? '-',
      String(source.captured_rows ?? '-'),
      seconds(source.lag_seconds.capture),
      seconds(source.lag_seconds.publish),
      seconds(source.lag_seconds.total),
      walText(source.wal),
      source.captured_lsn ?? '-',
      source.published_lsn ?? '-',
    ]),
  ];
  const parts = Object.entries(run.parts).map(([name, { state }]) => `${name} ${state}`);
  const watermark =
    meta.watermark === null
      ? 'nothing published yet'
      : `published watermark ${meta.watermark} at ${meta.published_at}, lag ${seconds(meta.lag_seconds)}`;
  const failures = data.flatMap(({ source, capture }) =>
    capture === null || capture.code === null
      ? []
      : `  ${source} ${capture.state} · ${capture.code} · ${capture.remedy}`,
  );
  const held = data
    .filter(({ is_whole, published_lsn }) => !is_whole && published_lsn !== null)
    .map(
      ({ source, published_lsn }) =>
        `  ${source}: reports stay at ${published_lsn} until every table that they are made of is whole again`,
    );
  const waits = data.flatMap(({ source, waits_for }) => (waits_for == null ? [] : [waitText(source, waits_for)]));
  const troubles = data.flatMap(({ source, tables }) => tables.not_streaming.map((each) => troubleText(source, each)));
  const verified = [
    ...data.flatMap(({ source, verification }) => verifiedText(source, 'tables', verification)),
    ...verifiedText('models', 'models', meta.models_verification),
  ];
  const models = meta.models == null ? [] : modelsText(meta.models);
  const counts = countsText(data.map(({ tables }) => tables.counts));
  return [
    `api ${run.api} · ${parts.join(' · ')}`,
    watermark,
    '',
    cellsText(rows),
    ...failures,
    ...held,
    ...waits,
    '',
    `tables: ${counts}`,
    ...troubles,
    ...models,
    ...(verified.length === 0 ? [] : ['', 'verified:', ...verified]),
    ...resultsText('tests of the models', meta.tests),
    ...resultsText('freshness of the sources', meta.freshness),
    ...schedulesText(meta.schedules ?? []),
  ].join('\n');
}

/** `models: version 4 since ...`, and what stands beside it; the first line of a detail is enough. */
export function modelsText({ version, since, is_rolled_back: isRolledBack, last }: ModelsVersion): string[] {
  const live = version === null ? 'models: none is built yet' : `models: version ${version} since ${since}`;
  const lines = [
    isRolledBack ? `${live}, rolled back: a restart takes nothing up, \`millrace models run\` does` : live,
  ];
  if (last === null) return lines;
  if (last.progress !== null)
    return [...lines, `  ${rolloutText({ number: last.version, ...last, progress: last.progress })}`];
  const reason = (last.detail ?? '').split('\n')[0];
  const what = last.state === 'failed' ? 'folder is not taken up' : last.state;
  return [...lines, `  version ${last.version}: ${[what, reason].filter((part) => part !== '').join(' · ')}`];
}

/** `  shop: waits for partition 3 of shop.orders since ...`. */
export function waitText(
  source: string,
  { topic, partition, since }: { readonly topic: string; readonly partition: number; readonly since: string },
): string {
  const what = partition < 0 ? `the table of ${topic}` : `partition ${partition} of ${topic}`;
  return `  ${source}: waits for ${what} since ${since}`;
}

/** `  shop: 5 tables since ..., 1 differs (3 rows)`; nothing while nothing was verified. */
export function verifiedText(what: string, unit: string, verified: Verified | null | undefined): string[] {
  if (verified == null) return [];
  const { since, compared, differing, undecided, skipped, differing_rows: rows } = verified;
  const parts = [`  ${what}: ${compared} ${unit} since ${since}`];
  parts.push(differing === 0 ? 'none differs' : `${differing} differ (${rows} rows): millrace verify --repair`);
  if (undecided > 0) parts.push(`${undecided} undecided`);
  if (skipped > 0) parts.push(`${skipped} could not be compared`);
  return [parts.join(', ')];
}

/** `1.2 GiB of 10 GiB, 3 h left, low`. */
function walText(wal: LagAnswer['data'][number]['wal']): string {
  if (wal === null) return '-';
  const parts = [sizeText(wal.retained_bytes) + (wal.limit_bytes === null ? '' : ` of ${sizeText(wal.limit_bytes)}`)];
  if (wal.level !== 'ok') {
    if (wal.seconds_left !== null) parts.push(`${durationText(wal.seconds_left)} left`);
    parts.push(wal.level);
  }
  return parts.join(', ');
}

function sizeText(size: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, size)) / 10));
  const value = size / 1024 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

function durationText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** Tables of all sources by state: `12 streaming, 1 paused`. */
function countsText(counts: readonly Readonly<Record<string, number>>[]): string {
  const total = new Map<string, number>();
  for (const each of counts) {
    for (const [state, count] of Object.entries(each)) total.set(state, (total.get(state) ?? 0) + count);
  }
  return [...total].map(([state, count]) => `${count} ${state}`).join(', ') || 'none seen yet';
}

function troubleText(source: string, table: TableTrouble): string {
  const parts = [`  ${source}.${table.schema}.${table.table} ${table.state}`];
  if (table.state === 'snapshotting' || table.state === 'resyncing') parts.push(copyText(table));
  if (table.rejected_rows > 0) parts.push(`${table.rejected_rows} rows rejected`);
  if (table.code !== null) parts.push(table.code);
  if (table.remedy !== null) parts.push(table.remedy);
  return parts.join(' · ');
}

/** How far a table's copy is: `45 %, 4500000 rows, 430 MiB, 250000 rows/s, 22 s left`. */
export function copyText(
  table: Pick<
    TableTrouble,
    'snapshot_done' | 'snapshot_rows' | 'snapshot_bytes' | 'snapshot_rows_per_second' | 'snapshot_seconds_left'
  >,
): string {
  const parts = [`${Math.floor(table.snapshot_done * 100)} %`];
  if (table.snapshot_rows > 0) parts.push(`${table.snapshot_rows} rows`, sizeText(table.snapshot_bytes));
  if (table.snapshot_rows_per_second !== null) parts.push(`${table.snapshot_rows_per_second} rows/s`);
  if (table.snapshot_seconds_left !== null) parts.push(`${durationText(table.snapshot_seconds_left)} left`);
  return parts.join(', ');
}
