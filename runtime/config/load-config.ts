// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a message names a placeholder
import { existsSync, readFileSync, statSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { type AccessFile, accessOf, accessProblems } from './access.ts';
import {
  type ApiConfig,
  type Config,
  DEFAULT_HORIZON_MS,
  DEFAULT_SNAPSHOT_THROTTLE,
  type DebeziumConfig,
  type SnapshotThrottleConfig,
  type SourceConfig,
} from './config.ts';
import { CONFIG_ERRORS, ConfigError, type ConfigProblem } from './errors.ts';
import { interpolate } from './interpolate.ts';
import { type PasswordFile, parsePasswordFile } from './password-file.ts';
import { durationMs, type SchedulesFile, scheduleProblems, schedulesOf } from './schedules.ts';
import { completeSourceUrl, sourceUrlProblems } from './source-url.ts';
import { validate } from './validate.ts';

const GIB = 1024 ** 3;
const MAX_HORIZON_MS = 6 * 86_400_000;
const UNITS: Record<string, number> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: GIB };
const PRODUCT_FOLDER = fileURLToPath(new URL('../..', import.meta.url));

export interface LoadOptions {
  /** What `--config` said; else MILLRACE_CONFIG, else ./millrace.yaml. */
  readonly path?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** The file as the schema describes it, before defaults. */
interface ConfigFile {
  warehouse?: {
    url?: string;
    port?: number;
    native_port?: number;
    max_memory?: number | string;
    state?: string;
    horizon?: string;
  };
  log?: Config['log'];
  sources: {
    name: string;
    url: string;
    password?: string;
    schemas?: string[];
    tables?: string[];
    exclude?: string[];
    types?: Record<string, string>;
    mask?: string[];
    hash?: string[];
    hash_key?: string;
    snapshot_connections?: number;
    on_lost_slot?: 'stop' | 'resync';
    failover_slot?: boolean;
    wal_budget?: number | string;
    snapshot_throttle?: SnapshotThrottleFile | false;
    connector?: 'postgres' | 'debezium-topics';
    debezium?: DebeziumFile;
  }[];
  models?: string | false;
  test_models?: boolean;
  schedules?: SchedulesFile;
  api?: ApiFile;
}

interface ApiFile {
  host?: string;
  port?: number;
  cors?: { origins?: string[] };
  limits?: {
    query_time?: string;
    file_time?: string;
    query_memory?: number | string;
    rows?: number;
    file_rows?: number;
    held_rows?: number;
  };
  exports?: {
    running?: number;
    queued?: number;
    per_caller?: number;
    file_size?: number | string;
    total_size?: number | string;
    free_disk?: number | string;
    keep?: string;
  };
  access?: AccessFile;
}

interface DebeziumFile extends Omit<DebeziumConfig, 'transactionTopic'> {
  transaction_topic?: string;
}

interface SnapshotThrottleFile {
  active_sessions?: number;
  standby_delay_seconds?: number;
  stream_behind?: number | string;
}

/** Reads, resolves and checks the configuration. Throws ConfigError (CONFIG_NOT_FOUND, CONFIG_INVALID) with all problems. */
export function loadConfig(options: LoadOptions): Config {
  const file = resolve(options.cwd, options.path ?? (options.env.MILLRACE_CONFIG || 'millrace.yaml'));
  if (!existsSync(file)) throw new ConfigError(CONFIG_ERRORS.notFound, file, []);
  const folder = dirname(file);
  const { value, problems } = interpolate(parseYaml(file), {
    variable: (name) => options.env[name],
    file: (path) => readText(resolve(folder, path)),
  });
  problems.push(...validate(value));
  const passwordFile = readPasswordFile(options.env, problems);
  if (problems.length === 0) problems.push(...contradictions(value as ConfigFile, { folder, passwordFile }));
  if (problems.length > 0) throw new ConfigError(CONFIG_ERRORS.invalid, file, problems);
  return withDefaults(value as ConfigFile, { folder, passwordFile });
}

/** A quarter of the memory that this process may use, at least 1 GiB and at most 4 GiB. */
export function defaultWarehouseMemoryBytes(): number {
  const constrained = process.constrainedMemory();
  const total = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.min(4 * GIB, Math.max(GIB, Math.floor(total / 4)));
}

function parseYaml(file: string): unknown {
  const document = parseDocument(readFileSync(file, 'utf8'), { prettyErrors: true, uniqueKeys: true });
  if (document.errors.length > 0) {
    // Only the position and the parser's code: its message quotes the line, which may hold a secret.
    const problems = document.errors.map(({ code, linePos }) => ({
      path: linePos === undefined ? '' : `line ${linePos[0].line}, column ${linePos[0].col}`,
      message: `not valid YAML (${code})`,
    }));
    throw new ConfigError(CONFIG_ERRORS.invalid, file, problems);
  }
  return document.toJS() ?? {};
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}

interface Surroundings {
  /** Of the configuration file. */
  readonly folder: string;
  readonly passwordFile: PasswordFile;
}

/** PGPASSFILE, else ~/.pgpass. One that others may read is refused, as libpq does. */
function readPasswordFile(env: LoadOptions['env'], problems: ConfigProblem[]): PasswordFile {
  const named = env.PGPASSFILE ?? '';
  const path = named !== '' ? named : env.HOME === undefined ? null : join(env.HOME, '.pgpass');
  const text = path === null ? undefined : readText(path);
  if (path === null || text === undefined) {
    if (named !== '') problems.push({ path: '', message: `PGPASSFILE: cannot read the file ${named}` });
    return parsePasswordFile('');
  }
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
    problems.push({ path: '', message: `${path} may be read by others than its owner: chmod 600` });
  }
  return parsePasswordFile(text);
}

/** What the schema cannot say. */
function contradictions(file: ConfigFile, { folder, passwordFile }: Surroundings): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const seen = new Map<string, number>();
  for (const [index, source] of file.sources.entries()) {
    const first = seen.get(source.name);
    if (first === undefined) seen.set(source.name, index);
    else
      problems.push({ path: `sources[${index}].name`, message: `${source.name} is the name of sources[${first}] too` });
    problems.push(...columnContradictions(source, `sources[${index}]`));
    problems.push(...connectorContradictions(source, `sources[${index}]`));
    if (!URL.canParse(source.url)) {
      problems.push({ path: `sources[${index}].url`, message: 'must be a URL; percent-encode special characters' });
      continue;
    }
    const context = { folder, passwordFile, isReadable: (path: string) => readText(path) !== undefined };
    problems.push(...sourceUrlProblems(source.url, `sources[${index}].url`, context));
  }
  const { url, port, native_port: nativePort, horizon } = file.warehouse ?? {};
  if (url !== undefined && !url.startsWith('embedded:') && !URL.canParse(url)) {
    problems.push({ path: 'warehouse.url', message: 'must be a URL; percent-encode special characters' });
  }
  if (port !== undefined && port !== 0 && port === nativePort) {
    problems.push({ path: 'warehouse.native_port', message: 'must differ from warehouse.port' });
  }
  if ((durationMs(horizon) ?? 0) > MAX_HORIZON_MS) {
    problems.push({ path: 'warehouse.horizon', message: 'must be at most 6d: published states are kept for a week' });
  }
  problems.push(...accessProblems(file.api, (path) => readText(resolve(folder, path)) !== undefined));
  problems.push(...scheduleProblems(file.schedules));
  if (typeof file.models === 'string' && findModels(file.models, folder) === undefined) {
    problems.push({ path: 'models', message: `there is no folder ${resolve(folder, file.models)}` });
  }
  return problems;
}

/** What is about a slot says nothing where there is none. */
const SLOT_KEYS = ['snapshot_connections', 'on_lost_slot', 'failover_slot', 'wal_budget', 'snapshot_throttle'] as const;

/** Topics are named where the connector is that of topics, and a slot's settings where there is a slot. */
function connectorContradictions(source: ConfigFile['sources'][number], path: string): ConfigProblem[] {
  if (source.connector !== 'debezium-topics') {
    if (source.debezium === undefined) return [];
    return [{ path: `${path}.debezium`, message: 'says where topics are: it needs `connector: debezium-topics`' }];
  }
  const problems: ConfigProblem[] = [];
  if (source.debezium === undefined) {
    problems.push({
      path: `${path}.debezium`,
      message: 'is missing: `connector: debezium-topics` needs brokers and prefix',
    });
  }
  for (const key of SLOT_KEYS) {
    if (source[key] === undefined) continue;
    problems.push({ path: `${path}.${key}`, message: 'has no meaning with `connector: debezium-topics`' });
  }
  return problems;
}

/** A column is left out, masked or hashed, or has a type of its own: one of these. */
function columnContradictions(source: ConfigFile['sources'][number], path: string): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const { exclude = [], mask = [], hash = [], types = {} } = source;
  const uses = { exclude, mask, hash, types: Object.keys(types) };
  const first = new Map<string, string>();
  for (const [use, patterns] of Object.entries(uses)) {
    for (const [i, pattern] of patterns.entries()) {
      const former = first.get(pattern);
      if (former === undefined) first.set(pattern, use);
      else {
        const place = use === 'types' ? `${path}.types.${pattern}` : `${path}.${use}[${i}]`;
        problems.push({ path: place, message: `${pattern} is under ${former} already` });
      }
    }
  }
  for (const [key, type] of Object.entries(types)) {
    const [, precision, scale] = /Decimal\(\s*(\d+)\s*,\s*(\d+)/.exec(type) ?? [];
    if (Number(scale) <= Number(precision) || scale === undefined) continue;
    problems.push({ path: `${path}.types.${key}`, message: 'must have no more digits behind the point than in all' });
  }
  if (hash.length > 0 && source.hash_key === undefined) {
    problems.push({
      path: `${path}.hash_key`,
      message: 'is missing: hashes need a secret, for instance ${file:/run/secrets/hash-key}',
    });
  }
  return problems;
}

function withDefaults(file: ConfigFile, { folder, passwordFile }: Surroundings): Config {
  const warehouse = file.warehouse ?? {};
  const url = warehouse.url ?? 'embedded:.millrace/warehouse';
  return {
    warehouse: {
      url: url.startsWith('embedded:') ? `embedded:${resolve(folder, url.slice('embedded:'.length))}` : url,
      port: warehouse.port ?? 8123,
      // Whoever asks for a free port wants no fixed one beside it.
      nativePort: warehouse.native_port ?? (warehouse.port === 0 ? 0 : 9000),
      maxMemoryBytes: bytes(warehouse.max_memory) ?? defaultWarehouseMemoryBytes(),
      stateFolder: resolve(folder, warehouse.state ?? '.millrace/state'),
      horizonMs: durationMs(warehouse.horizon) ?? DEFAULT_HORIZON_MS,
    },
    log: file.log ?? 'direct',
    sources: file.sources.map(
      (source): SourceConfig => ({
        name: source.name,
        url: completeSourceUrl(source.url, { folder, passwordFile, password: source.password, isReadable: () => true }),
        schemas: source.schemas ?? ['public'],
        tables: source.tables ?? ['*'],
        exclude: source.exclude ?? [],
        types: source.types ?? {},
        mask: source.mask ?? [],
        hash: source.hash ?? [],
        hashKey: source.hash_key ?? '',
        snapshotConnections: source.snapshot_connections ?? 2,
        onLostSlot: source.on_lost_slot ?? 'stop',
        failoverSlot: source.failover_slot ?? false,
        walBudgetBytes: bytes(source.wal_budget) ?? null,
        snapshotThrottle: snapshotThrottle(source.snapshot_throttle),
        ...(source.debezium === undefined ? {} : { debezium: debeziumOf(source.debezium) }),
      }),
    ),
    models: file.models === false ? false : (findModels(file.models ?? 'dbt-like-models', folder) ?? false),
    ...(file.test_models === undefined ? {} : { testModels: file.test_models }),
    schedules: schedulesOf(file.schedules),
    api: apiOf(file.api, folder),
  };
}

function apiOf(file: ApiFile = {}, folder: string): ApiConfig {
  const { host = '127.0.0.1', port = 8080, cors, limits, exports, access } = file;
  return {
    host,
    port,
    ...(access !== undefined && { access: accessOf(access, (path) => resolve(folder, path)) }),
    ...(cors?.origins && { corsOrigins: cors.origins }),
    ...(limits && {
      limits: onlyGiven({
        requestTimeoutMs: durationMs(limits.query_time),
        exportTimeoutMs: durationMs(limits.file_time),
        maxQueryMemoryBytes: bytes(limits.query_memory),
        maxRows: limits.rows,
        maxFileRows: limits.file_rows,
        maxHeldRows: limits.held_rows,
      }),
    }),
    ...(exports && {
      exports: onlyGiven({
        maxRunning: exports.running,
        maxQueued: exports.queued,
        maxPerCaller: exports.per_caller,
        maxFileBytes: bytes(exports.file_size),
        maxTotalBytes: bytes(exports.total_size),
        minFreeDiskBytes: bytes(exports.free_disk),
        keepMs: durationMs(exports.keep),
      }),
    }),
  };
}

function onlyGiven(values: Record<string, number | undefined>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function debeziumOf({ transaction_topic: transactionTopic, ...file }: DebeziumFile): DebeziumConfig {
  return transactionTopic === undefined ? file : { ...file, transactionTopic };
}

function snapshotThrottle(file: SnapshotThrottleFile | false = {}): SnapshotThrottleConfig | null {
  if (file === false) return null;
  const { activeSessions, standbyDelaySeconds, streamBehindBytes } = DEFAULT_SNAPSHOT_THROTTLE;
  return {
    activeSessions: file.active_sessions ?? activeSessions,
    standbyDelaySeconds: file.standby_delay_seconds ?? standbyDelaySeconds,
    streamBehindBytes: bytes(file.stream_behind) ?? streamBehindBytes,
  };
}

function findModels(name: string, folder: string): string | undefined {
  const candidates = isAbsolute(name) ? [name] : [resolve(folder, name), resolve(PRODUCT_FOLDER, name)];
  return candidates.find((candidate) => existsSync(candidate));
}

function bytes(size: number | string | undefined): number | undefined {
  if (typeof size !== 'string') return size;
  const [, count = '', unit = ''] = /^(\d+)(\w+)$/.exec(size) ?? [];
  return Number(count) * UNITS[unit]!;
}
