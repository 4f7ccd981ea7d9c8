// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such placeholders are what this is about
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigError } from './errors.ts';
import { loadConfig } from './load-config.ts';
import { DEFAULT_SCHEDULES } from './schedules.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(yaml: string, env: Record<string, string> = {}) {
  writeFileSync(join(folder, 'millrace.yaml'), yaml);
  return loadConfig({ env, cwd: folder });
}

function problems(yaml: string, env: Record<string, string> = {}): Record<string, string> {
  try {
    load(yaml, env);
  } catch (error) {
    if (error instanceof ConfigError) {
      return Object.fromEntries(error.problems.map(({ path, message }) => [path, message]));
    }
    throw error;
  }
  throw new Error('the configuration was accepted');
}

const MINIMAL = 'sources: [{ name: order, url: "postgres://m@db:5432/order_db" }]\n';

test('fills in the defaults, with paths against the file', () => {
  const config = load(`${MINIMAL}models: false\n`);
  expect(config).toMatchObject({
    warehouse: {
      url: `embedded:${join(folder, '.millrace/warehouse')}`,
      port: 8123,
      nativePort: 9000,
      stateFolder: join(folder, '.millrace/state'),
    },
    log: 'direct',
    sources: [
      {
        name: 'order',
        url: 'postgres://m@db:5432/order_db',
        schemas: ['public'],
        tables: ['*'],
        exclude: [],
        snapshotConnections: 2,
      },
    ],
    models: false,
    api: { host: '127.0.0.1', port: 8080 },
  });
  expect(config.warehouse.maxMemoryBytes).toBeGreaterThanOrEqual(1024 ** 3);
});

test('who may read answers in a browser, and what a request may take', () => {
  const api = (yaml: string) => load(`${MINIMAL}api: ${yaml}\nmodels: false\n`).api;
  expect(api('{ cors: { origins: [https://reports.example.com] } }').corsOrigins).toEqual([
    'https://reports.example.com',
  ]);
  expect(api('{ limits: { query_time: 5s, query_memory: 512MiB, file_rows: 100, held_rows: 0 } }').limits).toEqual({
    requestTimeoutMs: 5_000,
    maxQueryMemoryBytes: 512 * 1024 ** 2,
    maxFileRows: 100,
    maxHeldRows: 0,
  });
  expect(api('{ exports: { running: 4, total_size: 1GiB, free_disk: 0, keep: 2h } }').exports).toEqual({
    maxRunning: 4,
    maxTotalBytes: 1024 ** 3,
    minFreeDiskBytes: 0,
    keepMs: 7_200_000,
  });
  for (const wrong of [
    '{ cors: { origins: [reports.example.com] } }',
    '{ limits: { rows: 0 } }',
    '{ exports: { keep: forever } }',
    '{ exports: { running: 0 } }',
  ]) {
    expect(() => api(wrong), wrong).toThrow();
  }
});

test('a snapshot steps back as configured, by default, or never', () => {
  const throttle = (yaml: string) =>
    load(`${MINIMAL.replace(' }]', `${yaml} }]`)}models: false\n`).sources[0]?.snapshotThrottle;
  expect(throttle('')).toEqual({ activeSessions: 32, standbyDelaySeconds: 10, streamBehindBytes: 1024 ** 3 });
  expect(throttle(', snapshot_throttle: { active_sessions: 4, stream_behind: 64MiB }')).toEqual({
    activeSessions: 4,
    standbyDelaySeconds: 10,
    streamBehindBytes: 64 * 1024 ** 2,
  });
  expect(throttle(', snapshot_throttle: false')).toBeNull();
  expect(() => throttle(', snapshot_throttle: { stream_behind: much }')).toThrow();
});

test('finds the models that are shipped when there are none beside the file', () => {
  expect(load(`${MINIMAL}models: dbt-like-models\n`).models).toMatch(/dbt-like-models$/);
});

test('replaces variables, defaults and files inside values', () => {
  writeFileSync(join(folder, 'password'), 'p@ss\n');
  const config = load(
    [
      'warehouse: { url: "http://u:${file:password}@$' + '{HOST:-click}:8123", port: "${PORT}", max_memory: 512MiB }',
      'sources: [{ name: "${NAME}", url: "postgres://m:$${x}@db/o" }]',
      'models: "${MODELS:-false}"',
    ].join('\n'),
    { PORT: '0', NAME: 'order' },
  );
  expect(config.warehouse.url).toBe('http://u:p@ss@click:8123');
  expect(config.warehouse.port).toBe(0);
  expect(config.warehouse.maxMemoryBytes).toBe(512 * 1024 ** 2);
  expect(config.sources[0]).toMatchObject({ name: 'order', url: 'postgres://m:${x}@db/o' });
  expect(config.models).toBe(false);
});

test('takes the default of a file where it cannot be read', () => {
  writeFileSync(join(folder, 'password'), 'known\n');
  const url = 'postgres://m@db/o';
  const config = load(`sources:
    - { name: a, url: "${url}", password: "\${file:password:-none}" }
    - { name: b, url: "${url}", password: "\${file:nowhere:-none}" }`);
  expect(config.sources.map((source) => new URL(source.url).password)).toEqual(['known', 'none']);
});

test('lists all errors at once, with path and what is allowed, and repeats no value', () => {
  const found = problems(
    `
wharehouse: {}
warehouse: { url: "ftp://u:hunter2@x", port: 70000, native_port: x, max_memory: 5 parsecs, sate: y }
log: directly
sources:
  - { name: Order, url: "mysql://u:hunter2@x", schemas: [], tables: "*", snapshot_connections: 0 }
  - { nmae: two, url: "\${DATABASE}" }
models: true
api: { port: "\${PORT}", hots: x }
`,
    { PORT: 'eighty' },
  );
  expect(found).toMatchObject({
    '': expect.stringContaining('unknown key wharehouse; did you mean warehouse?'),
    'warehouse.url': expect.stringContaining('embedded:<folder>'),
    'warehouse.port': 'must be at most 65535',
    'warehouse.native_port': 'must be integer, not a string',
    'warehouse.max_memory': expect.stringContaining('KiB'),
    warehouse: expect.stringContaining('did you mean state?'),
    log: 'must be direct',
    'sources[0].name': expect.stringContaining('lower-case'),
    'sources[0].url': expect.stringContaining('postgres://'),
    'sources[0].schemas': 'must have at least 1 entry',
    'sources[0].tables': 'must be array, not a string',
    'sources[0].snapshot_connections': 'must be at least 1',
    'sources[1].url': expect.stringMatching(/postgres|DATABASE/),
    models: 'must be a folder, or false',
    'api.port': 'must be integer, not a string',
    api: expect.stringContaining('did you mean host?'),
  });
  expect(JSON.stringify(found)).not.toContain('hunter2');
});

test('names the variable and the file that are missing, with their path', () => {
  const found = problems('sources: [{ name: "${NAME}", url: "postgres://x:${file:/nowhere/x}@h/d" }]\n');
  expect(found['sources[0].name']).toBeDefined();
  expect(found['sources[0].url']).toBe('cannot read the file /nowhere/x');
});

test('refuses two sources of one name, equal ports, models that are not there', () => {
  const found = problems(`
warehouse: { port: 9000, native_port: 9000 }
sources: [{ name: a, url: "postgres://h/d" }, { name: a, url: "postgres://h/e" }]
models: ./nowhere
`);
  expect(Object.keys(found)).toEqual(['sources[1].name', 'warehouse.native_port', 'models']);
});

test('takes a Kafka log, and says what it lacks', () => {
  expect(load(`${MINIMAL}log: { kafka: { brokers: ["k:9092"] } }\n`).log).toEqual({ kafka: { brokers: ['k:9092'] } });
  expect(problems(`${MINIMAL}log: { kafka: { broker: 1 } }\n`)['log.kafka']).toBeDefined();
  const more = 'prefix: a., partitions: 3, replication: 2, compression: none, envelope: { decimal: double }, tls: true';
  expect(load(`${MINIMAL}log: { kafka: { brokers: ["k:9092"], ${more} } }\n`).log).toMatchObject({
    kafka: { prefix: 'a.', partitions: 3, envelope: { decimal: 'double' }, tls: true },
  });
  const wrong = 'partitions: 0, compression: lz4, prefix: "a b", sasl: { mechanism: plain }, envelope: { decimals: x }';
  const found = problems(`${MINIMAL}log: { kafka: { brokers: ["k:9092"], ${wrong} } }\n`);
  for (const path of ['partitions', 'compression', 'prefix', 'sasl', 'envelope']) {
    expect(found[`log.kafka.${path}`], path).toBeDefined();
  }
});

test('reports YAML that cannot be read by line, without its text', () => {
  const found = problems('sources: [\n  { name: a, url: "postgres://u:hunter2@h/d" \nx');
  expect(Object.keys(found)[0]).toMatch(/^line \d+/);
  expect(JSON.stringify(found)).not.toContain('hunter2');
  expect(problems('')).toEqual({ '': 'sources is missing' });
});

test('says where it looked when there is no file', () => {
  expect(() => loadConfig({ env: { MILLRACE_CONFIG: 'other.yaml' }, cwd: folder })).toThrow(
    expect.objectContaining({ code: 'CONFIG_NOT_FOUND', message: expect.stringContaining('other.yaml') as string }),
  );
  writeFileSync(join(folder, 'explicit.yaml'), `${MINIMAL}models: false\n`);
  expect(loadConfig({ path: 'explicit.yaml', env: { MILLRACE_CONFIG: 'other.yaml' }, cwd: folder }).models).toBe(false);
});

test('takes types and the protection of columns', () => {
  writeFileSync(join(folder, 'key'), `${'k'.repeat(32)}\n`);
  const [source] = load(`
sources:
  - name: crm
    url: postgres://h/d
    exclude: [audit, users.password]
    types: { orders.total: "Decimal( 38,10 )", jsonb: JSON, orders.matrix: Array(Array), mood: LowCardinality(String) }
    mask: ["*.phone", '"odd.table".column']
    hash: [users.email]
    hash_key: "\${file:key}"
models: false
`).sources;
  expect(source).toMatchObject({
    exclude: ['audit', 'users.password'],
    types: { 'orders.total': 'Decimal( 38,10 )', jsonb: 'JSON' },
    mask: ['*.phone', '"odd.table".column'],
    hash: ['users.email'],
    hashKey: 'k'.repeat(32),
  });
});

test('says all that is wrong with types and protected columns, and repeats no key', () => {
  const found = problems(`
sources:
  - name: crm
    url: postgres://h/d
    exclude: [users.phone]
    types: { a.b: Nullable(String), c.d: "Decimal(77, 2)", e.f: Float64, g.h: Array(Int32), users.email: String, i: 7 }
    mask: [users.phone, phone, a.b.c.d]
    hash: [users.email]
    hash_key: hunter2
`);
  expect(found).toMatchObject({
    'sources[0].types.a.b': expect.stringContaining('Nullable is added by itself'),
    'sources[0].types.c.d': expect.stringContaining('up to 76'),
    'sources[0].types.e.f': expect.stringContaining('LowCardinality(String)'),
    'sources[0].types.g.h': expect.stringContaining('Array(...) of String, Time64(6) or Decimal'),
    'sources[0].types.i': expect.stringContaining('not a number'),
    'sources[0].mask[1]': 'must be table.column or schema.table.column',
    'sources[0].mask[2]': 'must be table.column or schema.table.column',
    'sources[0].hash_key': 'must have at least 32 characters',
  });
  expect(JSON.stringify(found)).not.toContain('hunter2');
  expect(
    problems(`
sources:
  - { name: crm, url: "postgres://h/d", exclude: [users.phone], mask: [users.phone], hash: [users.email], types: { users.email: String, a.b: "Array(Decimal(2, 9))" } }
models: false
`),
  ).toEqual({
    'sources[0].mask[0]': 'users.phone is under exclude already',
    'sources[0].types.users.email': 'users.email is under hash already',
    'sources[0].types.a.b': 'must have no more digits behind the point than in all',
    'sources[0].hash_key': expect.stringContaining('is missing'),
  });
});

test('completes a source url: its password from its own key, else from the password file, and paths against the file', () => {
  writeFileSync(join(folder, 'secret'), 'a/b#c:%d\n');
  writeFileSync(join(folder, 'pgpass'), 'db:5432:order_db:m:from pgpass\n', { mode: 0o600 });
  writeFileSync(join(folder, 'ca.pem'), 'x');
  const sources =
    `sources:
  - { name: a, url: "postgres://m@db/order_db?sslmode=verify-full&sslrootcert=ca.pem", password: "$` +
    `{file:secret}" }
  - { name: b, url: "postgres://m@db/order_db" }
  - { name: c, url: "postgres://m:own@db/order_db" }
  - { name: d, url: "postgres://other@db/order_db" }
models: false
`;
  const urls = load(sources, { PGPASSFILE: join(folder, 'pgpass') }).sources.map(({ url }) => new URL(url));
  expect(urls.map(({ password }) => decodeURIComponent(password))).toEqual(['a/b#c:%d', 'from pgpass', 'own', '']);
  expect(urls[0]!.searchParams.get('sslrootcert')).toBe(join(folder, 'ca.pem'));
  writeFileSync(join(folder, '.pgpass'), '*:*:*:*:at home\n', { mode: 0o600 });
  expect(new URL(load(sources, { HOME: folder }).sources[3]!.url).password).toBe('at%20home');
});

test('refuses what makes no sense for TLS, and a password file that others may read', () => {
  const found = problems(`sources:
  - { name: a, url: "postgres://m@db/d?sslmode=strict" }
  - { name: b, url: "postgres://m@db/d?sslmode=verify-ca" }
  - { name: c, url: "postgres://m@db/d?sslcert=nowhere.pem" }
  - { name: d, url: "postgres://m@db/d?connect_timeout=soon" }
  - { name: e, url: "postgres://m@db/d?channel_binding=maybe" }
`);
  expect(found).toEqual({
    'sources[0].url': expect.stringContaining('sslmode must be'),
    'sources[1].url': 'sslmode=verify-ca needs sslrootcert',
    'sources[2].url': 'sslcert and sslkey belong together',
    'sources[3].url': expect.stringContaining('seconds'),
    'sources[4].url': 'channel_binding must be disable, prefer, require',
  });
  writeFileSync(join(folder, 'open'), '*:*:*:*:x\n', { mode: 0o644 });
  expect(problems(MINIMAL, { PGPASSFILE: join(folder, 'open') })['']).toContain('chmod 600');
  expect(problems(MINIMAL, { PGPASSFILE: join(folder, 'none') })['']).toContain('PGPASSFILE');
});

test('reads where the topics of a Debezium are, and says all that contradicts itself there', () => {
  const source = (more: string): string => `sources:\n  - { name: order, url: "postgres://u:p@h/db", ${more} }\n`;
  const topics =
    'brokers: ["k:9092"], prefix: shop, transaction_topic: shop.tx, envelope: { decimal: string }, tls: true';
  const { sources } = load(source(`connector: debezium-topics, debezium: { ${topics} }`));
  expect(sources[0]?.debezium).toEqual({
    brokers: ['k:9092'],
    prefix: 'shop',
    transactionTopic: 'shop.tx',
    envelope: { decimal: 'string' },
    tls: true,
  });
  expect(load(source('connector: postgres')).sources[0]?.debezium).toBeUndefined();
  expect(problems(source('connector: debezium-topics'))['sources[0].debezium']).toContain('is missing');
  expect(problems(source(`debezium: { ${topics} }`))['sources[0].debezium']).toContain('connector: debezium-topics');
  expect(problems(source('connector: kafka'))['sources[0].connector']).toContain('debezium-topics');
  const wrong =
    'brokers: [k], prefix: "a b", snapshot: never, envelope: { decimal: float }, sasl: { mechanism: plain }';
  const found = problems(source(`connector: debezium-topics, debezium: { ${wrong} }`));
  for (const path of ['brokers[0]', 'prefix', 'snapshot', 'envelope.decimal', 'sasl']) {
    expect(found[`sources[0].debezium.${path}`], path).toBeDefined();
  }
  const slot = 'wal_budget: 1GiB, on_lost_slot: resync';
  const meaningless = problems(source(`connector: debezium-topics, debezium: { ${topics} }, ${slot}`));
  expect(Object.keys(meaningless)).toEqual(['sources[0].on_lost_slot', 'sources[0].wal_budget']);
});

test('what is done when is as configured, by default, or never', () => {
  const { schedules, warehouse } = load(`${MINIMAL}warehouse: { horizon: 90m }
schedules:
  time_zone: Europe/Berlin
  folding: { cron: "*/5 * * * *", catch_up: each, timeout: 10m, attempts: 7, retry_after: 30s }
  verification: { time_zone: UTC, budget: 0.5, repair: true }
  tests: false
`);
  expect(warehouse.horizonMs).toBe(90 * 60_000);
  expect(schedules?.folding).toEqual({
    cron: '*/5 * * * *',
    timeZone: 'Europe/Berlin',
    catchUp: 'each',
    timeoutMs: 600_000,
    attempts: 7,
    retryAfterMs: 30_000,
  });
  expect(schedules?.verification).toEqual({
    ...DEFAULT_SCHEDULES.verification,
    budget: 0.5,
    repair: true,
  });
  expect(schedules?.tests).toBeNull();
  expect(schedules?.retention).toEqual({ ...DEFAULT_SCHEDULES.retention, timeZone: 'Europe/Berlin' });
  expect(load(MINIMAL).schedules).toEqual(DEFAULT_SCHEDULES);
  expect(load(MINIMAL).warehouse.horizonMs).toBe(3_600_000);
});

test('says what is wrong with a schedule, where, and what is allowed', () => {
  expect(
    problems(`${MINIMAL}warehouse: { horizon: 7d }
schedules:
  time_zone: Mars/Phobos
  folding: { cron: "0 25 * * *" }
  retention: { cron: "often", time_zone: 5 }
`),
  ).toMatchObject({ 'schedules.retention.time_zone': expect.stringContaining('must be') });
  const found = problems(`${MINIMAL}warehouse: { horizon: 7d }
schedules:
  time_zone: Mars/Phobos
  folding: { cron: "0 25 * * *" }
  retention: { cron: "often", time_zone: Nowhere }
`);
  expect(found).toEqual({
    'warehouse.horizon': expect.stringContaining('at most 6d'),
    'schedules.time_zone': expect.stringContaining('IANA'),
    'schedules.folding.cron': expect.stringContaining('hour'),
    'schedules.retention.cron': expect.stringContaining('minute'),
    'schedules.retention.time_zone': expect.stringContaining('Europe/Berlin'),
  });
  const forms = problems(`${MINIMAL}warehouse: { horizon: 1 hour }
schedules: { tests: { timeout: 5, attempts: 0 }, verification: { budget: 2 }, folding: true }
`);
  expect(Object.keys(forms).toSorted()).toEqual(
    expect.arrayContaining([
      'schedules.tests.attempts',
      'schedules.tests.timeout',
      'schedules.verification.budget',
      'warehouse.horizon',
    ]),
  );
});

test('reads who may ask the API, and where their keys are', () => {
  writeFileSync(join(folder, 'jwks.json'), '{"keys":[]}');
  const api = (text: string) => load(`${MINIMAL}models: false\napi: ${text}\n`).api;
  expect(api('{}').access).toBeUndefined();
  expect(api('{ access: none }').access).toBe('none');
  expect(api('{ host: 0.0.0.0, access: { keys: true } }').access).toEqual({
    keys: true,
    jwt: null,
    openMetrics: false,
    audit: 'table',
  });
  const jwt = '{ issuer: "https://id.example", audience: millrace, jwks: jwks.json, filters: { region: regions } }';
  expect(api(`{ access: { jwt: ${jwt} } }`).access).toMatchObject({
    keys: false,
    jwt: {
      jwks: join(folder, 'jwks.json'),
      scopesClaim: 'scope',
      subjectClaim: 'sub',
      scopes: null,
      filters: { region: 'regions' },
      requestsPerMinute: null,
    },
  });
});

test('refuses an API that others reach and that nobody guards, and says what is wrong with access', () => {
  const wrong = (text: string) => problems(`${MINIMAL}models: false\napi: ${text}\n`);
  for (const host of ['0.0.0.0', '"::"', 'reports.example', '10.0.0.1', '127.evil.example']) {
    expect(wrong(`{ host: ${host} }`), host).toMatchObject({ 'api.access': expect.stringContaining('keys: true') });
    expect(wrong(`{ host: ${host}, access: none }`), host).toMatchObject({
      'api.access': expect.stringContaining('loopback'),
    });
  }
  for (const host of ['127.0.0.1', '127.1.2.3', '"::1"', 'localhost']) {
    expect(load(`${MINIMAL}models: false\napi: { host: ${host} }\n`).api.host, host).toBeDefined();
  }
  expect(wrong('{ access: {} }')['api.access']).toContain('lets nobody in');
  expect(wrong('{ access: open }')['api.access']).toBe('must be none, or keys and jwt');
  expect(wrong('{ access: { jwt: { issuer: a, audience: b, jwks: nowhere.json } } }')).toMatchObject({
    'api.access.jwt.jwks': expect.stringContaining('can be read'),
  });
  const jwt = '{ issuer: a, jwks: "https://id.example", algorithms: [HS256], scopes: { a: [everything] }, scope: x }';
  expect(wrong(`{ access: { key: true, jwt: ${jwt} } }`)).toMatchObject({
    'api.access': expect.stringContaining('did you mean keys?'),
    'api.access.jwt.algorithms[0]': expect.stringContaining('RS256'),
    'api.access.jwt.scopes.a[0]': expect.stringContaining('reports'),
    'api.access.jwt': expect.stringMatching(/audience is missing|unknown key scope/),
  });
});
