import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Company, startCompany } from '../../demo/company.ts';
import { SERVICES, type Service } from '../../demo/services.ts';
import { createWorkload, type Workload } from '../../demo/workload/random-workload.ts';
import type { Config } from '../../runtime/config/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { martDifferences } from './compare-marts.ts';
import { replicaDifferences } from './compare-replicas.ts';
import { historyDifferences } from './history-differences.ts';
import { type RunningSystem, startSystem } from './running-system.ts';
import { untilPublished } from './settle.ts';
import { starDifferences } from './star/star-differences.ts';

/** The example company, a seeded workload over it, and a system that replicates it: what every flow test needs. */
export interface ShopUnderTest {
  readonly urls: Readonly<Record<Service, string>>;
  readonly company: Company;
  readonly workload: Workload;
  system(): RunningSystem;
  /** Starts the system again, on what it left behind. */
  restart(): Promise<void>;
  /** Waits until all that is committed is published; answers how replicas, facts and cubes differ from the sources. */
  differences(): Promise<string[]>;
  stop(): Promise<void>;
}

export async function openShopUnderTest(options: {
  seed: number;
  connections: number;
  /** See `WorkloadOptions`: only `seeded` makes the same changes again. */
  interleaving: 'seeded' | 'free';
  /** Where the system keeps everything; left out: in a folder of its own. */
  systemFolder?: string;
  /** Default: direct. */
  log?: Config['log'];
}): Promise<ShopUnderTest> {
  const { seed, connections, interleaving } = options;
  const folder = await mkdtemp(join(tmpdir(), 'millrace-flow-'));
  const logger = createLogger({ name: 'test', level: 'error' });
  const company = await startCompany({
    folder: join(folder, 'company'),
    seed,
    historyOrders: 300,
    historyCustomers: 60,
    logger,
  });
  const urls = Object.fromEntries(SERVICES.map((service) => [service, company.adminUrl(service)])) as Record<
    Service,
    string
  >;
  const workload = createWorkload({ urls, seed, connections, interleaving });
  const systemFolder = options.systemFolder ?? join(folder, 'system');
  const start = () =>
    startSystem({ folder: systemFolder, sources: company.sourceConfigs(), log: options.log ?? 'direct' });
  // Some of the workload runs before the snapshot, some during it.
  await workload.run({ steps: 50 });
  const busy = workload.run({ steps: 250 });
  let system = await start();
  await busy;

  return {
    urls,
    company,
    workload,
    system: () => system,
    async restart() {
      system = await start();
    },
    async differences() {
      await untilPublished(system, urls);
      const found: string[] = [];
      for (const source of SERVICES) {
        found.push(...(await replicaDifferences({ source, url: urls[source], client: system.client })));
      }
      found.push(...(await martDifferences({ orderUrl: urls.order, paymentUrl: urls.payment, client: system.client })));
      found.push(...(await starDifferences({ urls, client: system.client })));
      found.push(...(await historyDifferences(system.client)));
      return found;
    },
    async stop() {
      await workload.close();
      await system.stop();
      await company.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
