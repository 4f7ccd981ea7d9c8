import { join, relative, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type DemoBroker, startDemoBroker } from '../../demo/broker.ts';
import { startCompany } from '../../demo/company.ts';
import { SERVICES } from '../../demo/services.ts';
import type { Config } from '../../runtime/config/config.ts';
import { defaultWarehouseMemoryBytes } from '../../runtime/config/load-config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { claimPort } from '../../warehouse/embedded/ports.ts';
import { type Published, readPublished } from '../../warehouse/published/published.ts';
import { writeDemoConfig } from '../demo-config-file.ts';
import { demoFolder } from '../demo-folder.ts';
import { createNarrator, type Narrator } from '../narrator.ts';
import { printReady } from '../ready-line.ts';
import { createStatusLine, formatStatus } from '../status-line.ts';
import { type System, startSystem } from '../system.ts';

export interface DemoOptions {
  /** Row changes a second; 0 for none. */
  readonly rate: number;
  readonly seed: number;
  /** Null: the default folder. */
  readonly data: string | null;
  /** Keep the change log in a broker. */
  readonly kafka: boolean;
  readonly purchases?: string;
  readonly forMs?: number;
  /** Of the API; 0 picks free ports for everything. */
  readonly port?: number;
  readonly json: boolean;
  readonly logLevel: string;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

const HOST = '127.0.0.1';
const PORTS = { api: 8080, warehouse: 8123, native: 9000, broker: 9092 };
const STATUS_MS = 500;
const POLL_MS = 200;

/** The example company, its warehouse and everything between them, until the signal or for as long as asked. */
export async function demo(options: DemoOptions): Promise<void> {
  const { signal, logLevel } = options;
  const folder = resolve(options.cwd, options.data ?? demoFolder(options.kafka));
  const logger = createLogger({ name: 'demo', level: logLevel });
  const narrator = createNarrator(options.json ? null : process.stdout);
  narrator.line(`Millrace demo: five services' databases, one warehouse. Data in ${folder}`);

  const company = await startCompany({
    folder: join(folder, 'company'),
    seed: options.seed,
    ...(options.purchases === undefined ? {} : { purchasesFile: resolve(options.cwd, options.purchases) }),
    logger,
    onProgress: (text) => narrator.step(text),
  });
  let system: System | null = null;
  let broker: DemoBroker | null = null;
  const claim = portClaims(options.port === 0, narrator);
  try {
    if (options.kafka) {
      narrator.step('starting a Kafka broker (the first time it is fetched with Maven)');
      const port = (): Promise<number> => claim('broker', PORTS.broker);
      broker = await startDemoBroker({ folder: join(folder, 'broker'), port, logger });
    }
    narrator.step('starting the warehouse, capture, models and API');
    const config = await demoConfig({ folder, sources: company.sourceConfigs(), port: options.port, claim, broker });
    const configFile = writeDemoConfig(folder, config);
    system = await startSystem({
      config,
      logger,
      logLevel,
      signal,
      onStep: (text, elapsedMs) => narrator.done(text, elapsedMs),
    });
    if (system === null) return;
    narrator.step('copying history into the warehouse and computing the cubes');
    const status = createSystemStatus({ config, system, logger });
    try {
      await Promise.race([status.untilPublished(signal), system.failed]);
      if (signal.aborted) return;
      narrator.finish('from the start to the first published watermark');
      if (options.json) {
        printReady({
          api: system.apiUrl,
          warehouse: system.warehouseUrl,
          sources: Object.fromEntries(SERVICES.map((service) => [service, company.adminUrl(service)])),
        });
      } else explain(narrator, { system, orderDatabase: company.adminUrl('order'), broker, configFile });
      if (options.rate > 0) await company.startTraffic({ rate: options.rate, seed: options.seed });
      await Promise.race([showStatus({ status, options, narrator }), system.failed]);
    } finally {
      await status.close();
    }
  } finally {
    narrator.line('stopping: draining what was captured');
    await system?.stop();
    await broker?.stop();
    await company.stop();
    narrator.line('stopped; the next start continues from here');
  }
}

type ClaimPort = (name: string, wanted: number) => Promise<number>;

/** The wanted port, or a free one when it is taken, or everything is to be free. */
function portClaims(free: boolean, narrator: Narrator): ClaimPort {
  return async (name, wanted) => {
    if (free) return claimPort(HOST, 0);
    try {
      return await claimPort(HOST, wanted);
    } catch {
      narrator.line(`port ${wanted} for the ${name} is taken; using a free one`);
      return claimPort(HOST, 0);
    }
  };
}

async function demoConfig(options: {
  folder: string;
  sources: Config['sources'];
  port: number | undefined;
  claim: ClaimPort;
  broker: DemoBroker | null;
}): Promise<Config> {
  const { folder, sources, port, claim, broker } = options;
  return {
    warehouse: {
      url: `embedded:${join(folder, 'warehouse')}`,
      port: await claim('warehouse', PORTS.warehouse),
      nativePort: await claim("warehouse's native protocol", PORTS.native),
      maxMemoryBytes: defaultWarehouseMemoryBytes(),
      stateFolder: join(folder, 'state'),
    },
    log: broker === null ? 'direct' : { kafka: { brokers: broker.addresses } },
    sources,
    models: resolve(import.meta.dirname, '../../dbt-like-models'),
    // On this machine alone, with data that was made up.
    api: { host: HOST, port: await claim('API', port ?? PORTS.api), access: 'none' },
  };
}

function explain(
  narrator: Narrator,
  {
    system,
    orderDatabase,
    broker,
    configFile,
  }: { system: System; orderDatabase: string; broker: DemoBroker | null; configFile: string },
): void {
  narrator.line('');
  narrator.line(`  API        ${system.apiUrl}   (docs: ${system.apiUrl}/docs)`);
  narrator.line(`  warehouse  ${system.warehouseUrl}`);
  narrator.line(`  orders     ${orderDatabase}`);
  if (broker !== null) narrator.line(`  Kafka      ${broker.addresses.join(',')}   (topics <service>.<table>)`);
  narrator.line('');
  narrator.line('Sales trends:');
  narrator.line(`  curl '${system.apiUrl}/v1/reports/sales-trends?grain=month'`);
  narrator.line('Customer LTV:');
  narrator.line(`  curl '${system.apiUrl}/v1/reports/customer-ltv?top=10'`);
  narrator.line('Proof:');
  narrator.line(`  npx millrace verify --config ${relative(process.cwd(), configFile) || configFile}`);
  narrator.line('');
}

/** What the running system has reached, asked of the warehouse itself. */
interface StatusReader {
  read(): Promise<Published | null>;
  untilPublished(signal: AbortSignal): Promise<void>;
  text(published: Published | null): string;
  close(): Promise<void>;
}

function createSystemStatus(options: {
  config: Config;
  system: System;
  logger: ReturnType<typeof createLogger>;
}): StatusReader {
  const { config, system, logger } = options;
  const connected = connect({ config: config.warehouse, role: 'reader', logger });
  const read = async (): Promise<Published | null> => {
    try {
      return await readPublished(await connected);
    } catch {
      return null; // the table is not there yet, or the warehouse is being restarted
    }
  };
  return {
    read,
    async untilPublished(signal) {
      while (!signal.aborted && (await read()) === null) {
        await delay(POLL_MS, undefined, { signal }).catch(() => {});
      }
    },
    text: (published) => {
      const progress = Object.values(system.progress());
      const parts = Object.entries(system.parts());
      return formatStatus({
        capturedRows: progress.reduce((sum, source) => sum + source.capturedRows, 0),
        published,
        troubles: parts.filter(([, part]) => part.state !== 'running').map(([name, part]) => `${name} ${part.state}`),
      });
    },
    close: async () => (await connected).close(),
  };
}

async function showStatus(run: { status: StatusReader; options: DemoOptions; narrator: Narrator }): Promise<void> {
  const { status, options, narrator } = run;
  const { signal, forMs } = options;
  const over = forMs === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(forMs)]);
  if (!options.json) narrator.line(forMs === undefined ? 'Ctrl-C stops.' : `Stops by itself in ${forMs / 1000} s.`);
  const line = options.json ? null : createStatusLine(process.stdout);
  while (!over.aborted) {
    if (line !== null) line.show(status.text(await status.read()));
    await delay(STATUS_MS, undefined, { signal: over }).catch(() => {});
  }
  line?.end();
}
