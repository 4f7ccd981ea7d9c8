import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../runtime/free-port.ts';
import type { Docker } from './docker.ts';
import { type Images, makeMillrace } from './images.ts';

const ROOT = join(import.meta.dirname, '../..');
const COMPOSE_MS = 600_000;
const POLL_MS = 500;

/** A container as Docker shows it. */
export interface Container {
  readonly id: string;
  readonly service: string;
  /** `running`, `exited`, ... */
  readonly status: string;
  /** `healthy`, `starting`, `unhealthy`; null without a health check. */
  readonly health: string | null;
  readonly exitCode: number;
  /** By network, without the project's name. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly readOnly: boolean;
  /** As whom its first process runs; empty for root. */
  readonly user: string;
}

/** docker-compose.yml under a name of its own, from a copy of the files, with ports of its own. */
export interface ComposeProject {
  readonly ports: { readonly api: number; readonly warehouse: number; readonly prometheus: number };
  readonly name: string;
  secret(name: string): string;
  compose(...args: readonly string[]): Promise<string>;
  containers(service?: string): Promise<Container[]>;
  /** Resolves when every one of the services has a container, all of which are healthy, or ended well. */
  untilHealthy(services: readonly string[], withinMs: number): Promise<void>;
  /** The last lines of all containers' logs. */
  logs(): Promise<string>;
  /** Containers, networks, volumes and the copy. */
  remove(): Promise<void>;
}

export async function createComposeProject(options: {
  docker: Docker;
  images: Images;
  env?: Readonly<Record<string, string>>;
}): Promise<ComposeProject> {
  const { docker, images } = options;
  const name = `millrace-test-${process.pid}`;
  const folder = copyOfFiles();
  execFileSync(join(folder, 'ops/compose/make-secrets.sh'), { stdio: 'ignore' });
  const image = `millrace-test/millrace:${process.pid}`;
  await makeMillrace(docker, { folder, name: image, images });
  const [api = 0, warehouse = 0, prometheus = 0, grafana = 0] = await freePorts(4);
  const env = {
    ...images,
    ...options.env,
    MILLRACE_IMAGE: image,
    API_PORT: String(api),
    WAREHOUSE_PORT: String(warehouse),
    PROMETHEUS_PORT: String(prometheus),
    GRAFANA_PORT: String(grafana),
    COMPOSE_PROJECT_NAME: name,
  };
  const run = (args: readonly string[]): Promise<string> =>
    docker.compose(args, { cwd: folder, env, timeoutMs: COMPOSE_MS });
  const logs = (): Promise<string> =>
    run(['logs', '--no-color', '--tail', '40']).catch((error: Error) => `no logs: ${error.message}`);
  const compose = (...args: readonly string[]): Promise<string> =>
    run(args).catch(async (error: Error) => {
      throw new Error(`${error.message}\n${await logs()}`, { cause: error });
    });

  async function containers(service?: string): Promise<Container[]> {
    const label = `label=com.docker.compose.project=${name}`;
    const ids = (await docker.docker(['ps', '--all', '--quiet', '--no-trunc', '--filter', label])).split('\n');
    const known = ids.filter((id) => id !== '');
    if (known.length === 0) return [];
    const inspected = JSON.parse(await docker.docker(['inspect', ...known])) as Inspected[];
    const all = inspected.map((each) => containerOf(each, name));
    return all.filter((each) => service === undefined || each.service === service);
  }

  return {
    ports: { api, warehouse, prometheus },
    name,
    secret: (secret) => readFileSync(join(folder, 'ops/compose/secrets', secret), 'utf8').trim(),
    compose,
    containers,
    async untilHealthy(services, withinMs) {
      for (const deadline = Date.now() + withinMs; ; await sleep(POLL_MS)) {
        const all = await containers();
        const missing = services.filter((service) => !all.some((each) => each.service === service));
        const unwell = all.filter((each) => services.includes(each.service) && !isWell(each));
        if (missing.length === 0 && unwell.length === 0) return;
        if (Date.now() < deadline) continue;
        const what = unwell.map(
          ({ service, status, health, exitCode }) => `${service} ${status} ${health} ${exitCode}`,
        );
        throw new Error(`not healthy: ${[...missing, ...what].join(', ')}\n${await logs()}`);
      }
    },
    logs,
    async remove() {
      await compose('--profile', 'demo', 'down', '--volumes', '--timeout', '5').catch(() => '');
      await docker.docker(['rmi', '--force', image]).catch(() => '');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Inspected {
  readonly Id: string;
  readonly State: { readonly Status: string; readonly ExitCode: number; readonly Health?: { readonly Status: string } };
  readonly Config: { readonly Labels: Readonly<Record<string, string>>; readonly User: string };
  readonly HostConfig: { readonly ReadonlyRootfs: boolean };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> };
}

function containerOf({ Id, State, Config, HostConfig, NetworkSettings }: Inspected, project: string): Container {
  const networks = Object.entries(NetworkSettings.Networks);
  return {
    id: Id,
    service: Config.Labels['com.docker.compose.service'] ?? '',
    status: State.Status,
    health: State.Health?.Status ?? null,
    exitCode: State.ExitCode,
    addresses: Object.fromEntries(networks.map(([key, { IPAddress }]) => [key.replace(`${project}_`, ''), IPAddress])),
    readOnly: HostConfig.ReadonlyRootfs,
    user: Config.User,
  };
}

function isWell({ status, health, exitCode }: Container): boolean {
  if (status === 'exited') return exitCode === 0;
  return status === 'running' && (health === null || health === 'healthy');
}

/** What is in the repository, or would be: the compose file names its files by where it stands. */
function copyOfFiles(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-compose-'));
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const file of files.split('\0').filter((each) => each !== '')) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file));
  }
  return folder;
}
