import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClickHouseClient, createClient } from '@clickhouse/client';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lackingForBroker } from '../../changelog/kafka/broker/local-broker.ts';
import { SERVICES } from '../../demo/services.ts';
import { martDifferences } from '../harness/compare-marts.ts';
import { replicaDifferences } from '../harness/compare-replicas.ts';
import { untilPublished } from '../harness/settle.ts';
import { type ComposeProject, createComposeProject } from './compose-project.ts';
import { type Docker, lackingForDocker, startDocker } from './docker.ts';
import { makeImages } from './images.ts';

// docker-compose.yml as it is, run for real: engines in images that are made here, since no image registry is asked.
// Grafana is in no package registry: it is left out, and what it would ask is asked of Prometheus itself.

const lacking = lackingForDocker() ?? lackingForBroker();
if (lacking !== null) {
  console.warn(`skipped: ${lacking}. On Debian: apt-get install docker.io docker-compose iptables debootstrap`);
}

const DATABASES = SERVICES.map((service) => `${service}-db`);
const ORDERS = 300;
const PARTS = ['ingest', 'load', 'models', 'api'];
const RUNNING = [...DATABASES, 'kafka', 'clickhouse', ...PARTS, 'prometheus'];
/** Fourteen processes of engines and parts on perhaps two busy cores. */
const DEADLINE_MS = 300_000;

let docker: Docker;
let project: ComposeProject;
let warehouse: ClickHouseClient;
let since = Date.now();
let apiKey: string | undefined;

function say(what: string): void {
  console.info(`${((Date.now() - since) / 1000).toFixed(1)} s  ${what}`);
  since = Date.now();
}

/** Of the databases, which are on a network without a way out: this machine is on it as well. */
async function databaseUrls(): Promise<Record<string, string>> {
  const all = await project.containers();
  const entries = SERVICES.map((service) => {
    const host = all.find((each) => each.service === `${service}-db`)?.addresses.databases;
    return [service, `postgres://postgres:${project.secret('database_password')}@${host}:5432/${service}_db`];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

/** As an operator makes one; the API's own user could not. */
async function makeApiKey(): Promise<string> {
  const command = ['keys', 'create', '--name', 'test', '--scope', '*', '--json'];
  const text = await project.compose('run', '--rm', '--no-deps', '-T', 'models', ...command);
  return (JSON.parse(text) as { key: string }).key;
}

async function api(path: string): Promise<{ status: number; body: { data: Record<string, unknown>[]; meta: object } }> {
  apiKey ??= await makeApiKey();
  const answer = await fetch(`http://127.0.0.1:${project.ports.api}${path}`, { headers: { 'x-api-key': apiKey } });
  return { status: answer.status, body: (await answer.json()) as never };
}

async function until(what: string, condition: () => Promise<boolean>, withinMs = DEADLINE_MS): Promise<void> {
  for (const deadline = Date.now() + withinMs; ; await sleep(250)) {
    if (await condition().catch(() => false)) return;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms\n${await project.logs()}`);
  }
}

/** Everything that is committed now is published, and equals the sources, row by row. */
async function expectExact(): Promise<void> {
  const urls = await databaseUrls();
  const log = (): string => '';
  await untilPublished({ client: warehouse, log }, urls, DEADLINE_MS).catch(async (error: Error) => {
    throw new Error(`${error.message}\n${await project.logs()}`);
  });
  for (const [source, url] of Object.entries(urls)) {
    expect(await replicaDifferences({ source, url, client: warehouse }), source).toEqual([]);
  }
  const { order = '', payment = '' } = urls;
  expect(await martDifferences({ orderUrl: order, paymentUrl: payment, client: warehouse })).toEqual([]);
}

const logOf = (id: string): Promise<string> => docker.docker(['logs', '--timestamps', id], { withErrors: true });

async function published(): Promise<number> {
  const { body } = await api('/v1/lag');
  return Number((body.meta as { watermark: number | null }).watermark ?? 0);
}

async function ordersIn(): Promise<number> {
  const { order = '' } = await databaseUrls();
  const client = new Client({ connectionString: order });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: string }>('select count(*) from orders');
    return Number(rows[0]?.count);
  } finally {
    await client.end();
  }
}

/** What Prometheus scrapes now and how that goes; a query would also know what there was before. */
async function scraped(): Promise<string[]> {
  const answer = await fetch(`http://127.0.0.1:${project.ports.prometheus}/api/v1/targets?state=active`);
  const { data } = (await answer.json()) as {
    data: { activeTargets: { labels: { job: string; instance: string }; health: string }[] };
  };
  return data.activeTargets
    .map(({ labels, health }) => `${labels.job === 'millrace-loaders' ? 'load' : labels.instance} ${health}`)
    .sort();
}

async function prometheus(query: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
  const url = `http://127.0.0.1:${project.ports.prometheus}/api/v1/query?query=${encodeURIComponent(query)}`;
  const answer = (await (await fetch(url)).json()) as { status: string; error?: string; data: { result: never[] } };
  if (answer.status !== 'success') throw new Error(`${query}: ${answer.error}`);
  return answer.data.result;
}

describe.skipIf(lacking !== null)('docker-compose.yml', () => {
  beforeAll(async () => {
    docker = await startDocker();
    say(`Docker ${docker.isOwn ? 'started' : 'answers'}`);
    const images = await makeImages(docker);
    say('images of the engines');
    project = await createComposeProject({ docker, images, env: { DEMO_ORDERS: String(ORDERS), DEMO_RATE: '30' } });
    say("Millrace's image");
    warehouse = createClient({
      url: `http://127.0.0.1:${project.ports.warehouse}`,
      username: 'reader',
      password: project.secret('reader_password'),
      keep_alive: { enabled: false },
    });
  });

  afterAll(async () => {
    await warehouse?.close();
    await project?.remove();
    await docker?.stop();
  });

  it('comes up, all of it healthy, in one command', async () => {
    await project.compose('up', '--detach', '--no-build', 'prometheus', ...PARTS);
    await project.untilHealthy([...RUNNING, 'migrate'], DEADLINE_MS);
    say('all healthy (without Grafana, which is in no package registry)');
    for (const { service, readOnly, user } of await project.containers()) {
      if ([...PARTS, 'migrate'].includes(service))
        expect({ service, readOnly, user }).toEqual({ service, readOnly: true, user: '10001:10001' });
    }
  });

  it('lets nobody in without a password, or beyond what they may', async () => {
    const { status } = await fetch(`http://127.0.0.1:${project.ports.warehouse}/?query=select+1`);
    expect([401, 403]).toContain(status);
    const writing = await fetch(`http://127.0.0.1:${project.ports.warehouse}/`, {
      method: 'POST',
      headers: { 'x-clickhouse-user': 'reader', 'x-clickhouse-key': project.secret('reader_password') },
      body: 'create table marts.mine (a Int8) engine Memory',
    });
    expect(await writing.text()).toContain('ACCESS_DENIED');
    const [user] = await project.containers('user-db');
    const wrong = new Client({ host: user?.addresses.databases ?? '', user: 'postgres', password: '', port: 5432 });
    await expect(wrong.connect()).rejects.toThrow();
  });

  it('answers reports of the example company, exact, while it works', async () => {
    await project.compose('--profile', 'demo', 'up', '--detach', '--no-build', 'traffic');
    await until('the past is written', async () => (await ordersIn()) >= ORDERS);
    await until('reports are answered', async () => {
      const { status, body } = await api('/v1/reports/sales-trends?grain=year');
      return status === 200 && body.data.length > 0;
    });
    say('a past was written, captured and reported on');
    const before = await published();
    await until('the watermark moves on', async () => (await published()) > before + 3);
  });

  it('goes on while a loader is killed, and another takes its place', async () => {
    await project.compose('up', '--detach', '--no-build', '--scale', 'load=2', 'load');
    await project.untilHealthy(['load'], DEADLINE_MS);
    const [first, second] = await project.containers('load');
    await until('it has something to load', async () => /"units":[1-9]/.test(await logOf(first?.id ?? '')));
    await docker.docker(['kill', '--signal', 'KILL', first?.id ?? '']);
    const before = await published();
    await until('the others take over', async () => (await published()) > before + 3);
    say('published again after a loader was killed');
    await project.compose('up', '--detach', '--no-build', '--scale', 'load=2', 'load');
    await project.untilHealthy(['load'], DEADLINE_MS);
    const now = (await project.containers('load')).filter(({ status }) => status === 'running');
    expect(now).toHaveLength(2);
    expect(now.map(({ id }) => id)).toContain(second?.id);
    await project.compose('--profile', 'demo', 'stop', 'traffic');
    await expectExact();
    say('a loader was replaced; replicas and marts equal the sources');
  });

  it('has lost nothing after everything was removed but the volumes, and started again', async () => {
    const report = (await api('/v1/reports/sales-trends?grain=month')).body.data;
    const orders = await ordersIn();
    await project.compose('--profile', 'demo', 'down');
    expect(await project.containers()).toEqual([]);
    say('stopped and removed');
    await project.compose('up', '--detach', '--no-build', 'prometheus', ...PARTS);
    await project.untilHealthy([...RUNNING, 'migrate'], DEADLINE_MS);
    say('started again, all healthy');
    expect(await ordersIn()).toBe(orders);
    await until('reports are answered', async () => (await api('/v1/reports/sales-trends?grain=month')).status === 200);
    expect((await api('/v1/reports/sales-trends?grain=month')).body.data).toEqual(report);
    await project.compose('--profile', 'demo', 'up', '--detach', '--no-build', 'traffic');
    await until('traffic goes on', async () => (await ordersIn()) > orders);
    await project.compose('--profile', 'demo', 'stop', 'traffic');
    await expectExact();
    say('nothing was lost; replicas and marts equal the sources');
  });

  it('has lost nothing after everything was killed at once while it worked', async () => {
    const before = await published();
    await project.compose('--profile', 'demo', 'up', '--detach', '--no-build', 'traffic');
    await until('the watermark moves on', async () => (await published()) > before + 3);
    const orders = await ordersIn();
    await project.compose('--profile', 'demo', 'kill');
    await project.compose('up', '--detach', '--no-build', 'prometheus', ...PARTS);
    await project.untilHealthy([...RUNNING, 'migrate'], DEADLINE_MS);
    expect(await ordersIn()).toBeGreaterThanOrEqual(orders);
    await expectExact();
    say('everything was killed and started again; replicas and marts equal the sources');
  });

  it('is seen by Prometheus, whose alerts are quiet, and which answers what the dashboard asks', async () => {
    const parts = ['api:8080 up', 'ingest:9464 up', 'load up', 'models:9464 up'];
    await until('every part is scraped', async () => JSON.stringify(await scraped()) === JSON.stringify(parts));
    expect(await prometheus('ALERTS{alertstate="firing"}')).toEqual([]);
    const dashboard = JSON.parse(
      readFileSync(join(import.meta.dirname, '../../ops/grafana/dashboards/millrace.json'), 'utf8'),
    ) as { panels: { title: string; targets: { expr: string }[] }[] };
    // Where every table streams there is nothing to show. A rate takes two scrapes.
    const panels = dashboard.panels.filter(({ title }) => title !== 'Tables that do not stream');
    const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    let empty = expressions;
    await until('every panel has its series', async () => {
      const answers = await Promise.all(empty.map(prometheus));
      empty = empty.filter((_, i) => answers[i]?.length === 0);
      return empty.length === 0;
    }).catch((error: Error) => {
      throw new Error(`nothing for ${empty.join('\n')}\n${error.message}`);
    });
    expect(expressions.length).toBeGreaterThan(15);
    say('scraped; every panel has its series');
  });
});
