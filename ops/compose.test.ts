import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../runtime/config/load-config.ts';

const ROOT = join(import.meta.dirname, '..');
const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');

interface Service {
  image: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  restart?: string;
  command?: string[];
  ports?: string[];
  volumes?: string[];
  networks?: string[];
  environment?: Record<string, string>;
  secrets?: (string | { source: string; target: string })[];
  healthcheck?: object;
  depends_on?: Record<string, { condition: string }>;
}
interface Compose {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
  volumes: Record<string, object>;
  secrets: Record<string, { file: string }>;
}

function read(content: string): Compose {
  return parse(content, { merge: true }) as Compose;
}

const compose = read(text);
const services = Object.entries(compose.services);
const ours = ['migrate', 'traffic', 'ingest', 'load', 'models', 'api'];

describe('the schema of the Compose Specification', () => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  const validate = ajv.compile(JSON.parse(readFileSync(join(ROOT, 'ops/compose-spec/compose-spec.json'), 'utf8')));
  // Variables are replaced before the file is checked.
  const withDefaults = (content: string) => content.replace(/\$\{\w+:-([^}]*)\}/g, '$1');

  it('is kept', () => {
    validate(read(withDefaults(text)));
    expect(validate.errors).toBeNull();
  });

  it.each([
    ['a misspelt key', 'restart: unless-stopped', 'restrat: unless-stopped'],
    ['a key where there is none', 'services:\n', 'servces: {}\nservices:\n'],
    ['a condition that there is not', 'condition: service_healthy', 'condition: healthy'],
    ['a list where a map belongs', 'networks:\n  databases: { internal: true }', 'networks:\n  databases: [internal]'],
    ['a number where a text belongs', 'interval: 5s', 'interval: 5'],
    ['a text where a list belongs', 'networks: [databases]', 'networks: databases'],
    ['a service without a map', '\n  traffic:\n', '\n  extra: yes\n  traffic:\n'],
  ])('refuses %s', (_what, before, after) => {
    expect(text).toContain(before);
    expect(validate(read(withDefaults(text.replace(before, after))))).toBe(false);
  });
});

describe('docker-compose.yml', () => {
  it('has everything on the loopback address only', () => {
    const published = services.flatMap(([, { ports = [] }]) => ports);
    expect(published.length).toBeGreaterThan(0);
    for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('keeps the databases, Kafka and their readers off any network with a way out', () => {
    for (const [name, service] of services) {
      const isOpen = (service.networks ?? ['default']).some((network) => compose.networks[network]?.internal !== true);
      expect({ name, isOpen }).toEqual({
        name,
        isOpen: ['clickhouse', 'api', 'prometheus', 'grafana'].includes(name),
      });
    }
    const databases = services.filter(([name]) => name.endsWith('-db'));
    expect(databases).toHaveLength(5);
    for (const [, { networks }] of databases) expect(networks).toEqual(['databases']);
    const reachDatabases = services.filter(([, { networks }]) => networks?.includes('databases')).map(([name]) => name);
    expect(reachDatabases.filter((name) => !name.endsWith('-db'))).toEqual(['migrate', 'traffic', 'ingest']);
  });

  it('has no password in it: secrets are files, each given to whom it is for', () => {
    for (const [name, { environment = {} }] of services) {
      for (const [variable, value] of Object.entries(environment)) {
        if (/PASSWORD|SECRET|TOKEN/.test(variable)) expect(value, `${name} ${variable}`).toMatch(/^\/run\/secrets\//);
      }
    }
    const given = (secret: string) =>
      services
        .filter(([, { secrets = [] }]) =>
          secrets.some((each) => (typeof each === 'string' ? each : each.source) === secret),
        )
        .map(([name]) => name);
    expect(given('database_password').filter((name) => !name.endsWith('-db'))).toEqual(['migrate', 'traffic']);
    expect(given('replicator_password')).toEqual(['migrate', 'traffic', 'ingest']);
    expect(given('warehouse_password')).toEqual(['ingest', 'load', 'models']);
    expect(given('reader_password')).toEqual(['api']);
  });

  it('runs our parts without rights, over a root that cannot be written', () => {
    for (const name of ours) {
      expect(compose.services[name], name).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
    }
    const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
    expect(dockerfile.match(/^FROM /gm)).toHaveLength(2);
    expect(dockerfile).toMatch(/^USER 10001:10001$/m);
  });

  it('gives every time its unit', () => {
    const times = [...text.matchAll(/\b(?:interval|timeout|start_period|stop_grace_period): (\S+)/g)];
    expect(times.length).toBeGreaterThan(10);
    for (const [line, time] of times) expect(time, line).toMatch(/^\d+[sm]$/);
  });

  it('pins every image, and lets a variable replace it', () => {
    for (const [name, { image }] of services) {
      expect(image, name).toMatch(/^\$\{[A-Z]+_IMAGE:-[a-z/-]+:v?\d+\.\d+(\.\d+)?\}$/);
    }
  });

  it('waits for what has a health check, and gives everything that lasts one', () => {
    for (const [name, { healthcheck, restart, command, depends_on: needed = {} }] of services) {
      if (restart !== 'no' && name !== 'traffic') expect(healthcheck, name).toBeDefined();
      else expect(command?.[0]).toBe('company');
      for (const [other, { condition }] of Object.entries(needed)) {
        if (condition === 'service_healthy') expect(compose.services[other]?.healthcheck, other).toBeDefined();
        else expect(compose.services[other]?.restart, other).toBe('no');
      }
    }
  });

  it('keeps what lasts in volumes, and names only what there is', () => {
    const used = { volumes: new Set<string>(), networks: new Set<string>(), secrets: new Set<string>() };
    for (const [name, service] of services) {
      for (const volume of service.volumes ?? []) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('./')) expect(statSync(join(ROOT, source)), `${name} ${source}`).toBeDefined();
        else used.volumes.add(source);
      }
      for (const network of service.networks ?? []) used.networks.add(network);
      for (const secret of service.secrets ?? []) used.secrets.add(typeof secret === 'string' ? secret : secret.source);
    }
    for (const kind of ['volumes', 'networks', 'secrets'] as const) {
      expect([...used[kind]].sort(), kind).toEqual(Object.keys(compose[kind]).sort());
    }
  });
});

describe('make-secrets.sh', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-secrets-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const make = () => execFileSync(join(ROOT, 'ops/compose/make-secrets.sh'), [folder]);
  const content = () =>
    Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]));

  it('makes every secret, all different, and leaves them as they are when run again', () => {
    make();
    const made = content();
    for (const { file } of Object.values(compose.secrets)) {
      expect(file).toMatch(/^\.\/ops\/compose\/secrets\//);
      expect(made[file.replace('./ops/compose/secrets/', '')], file).toBeTruthy();
    }
    const passwords = Object.entries(made).filter(([file]) => file.endsWith('_password'));
    for (const [, password] of passwords) expect(password).toMatch(/^[0-9a-f]{48}$/);
    expect(new Set(passwords.map(([, password]) => password)).size).toBe(passwords.length);
    const hash = createHash('sha256').update(String(made.reader_password)).digest('hex');
    expect(made['warehouse_users.xml']).toContain(
      `<reader><password_sha256_hex>${hash}</password_sha256_hex></reader>`,
    );
    make();
    expect(content()).toEqual(made);
  });

  it('keeps a password that was put there by hand, and tells ClickHouse its hash', () => {
    rmSync(join(folder, 'bi_password'), { force: true });
    writeFileSync(join(folder, 'bi_password'), 'of my own\n');
    make();
    const hash = createHash('sha256').update('of my own').digest('hex');
    expect(content()['warehouse_users.xml']).toContain(`<bi><password_sha256_hex>${hash}<`);
    expect(content().bi_password).toBe('of my own\n');
  });
});

it('the configuration of the containers is valid, and has the five services', () => {
  const config = loadConfig({ path: join(ROOT, 'ops/compose/millrace.yaml'), env: {}, cwd: ROOT });
  expect(config.sources.map(({ url }) => new URL(url).hostname)).toEqual(
    services.map(([name]) => name).filter((name) => name.endsWith('-db')),
  );
  for (const { name, url } of config.sources) {
    expect(compose.services[`${name}-db`]?.environment?.POSTGRES_DB).toBe(new URL(url).pathname.slice(1));
  }
  expect(config.api).toEqual({
    host: '0.0.0.0',
    port: 8080,
    access: { keys: true, jwt: null, openMetrics: true, audit: 'log' },
  });
});
