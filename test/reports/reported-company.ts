import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCompany } from '../../demo/company.ts';
import { SERVICES, type Service } from '../../demo/services.ts';
import { createWorkload } from '../../demo/workload/random-workload.ts';
import { createLogger } from '../../runtime/logger.ts';
import { createRandom } from '../../warehouse/testing/random.ts';
import { startSystem } from '../harness/running-system.ts';
import { untilPublished } from '../harness/settle.ts';
import { openAwkwardHistory } from './awkward-history.ts';
import { copySources, type SourcesInOne } from './sources-in-one.ts';

/** A company whose services are at rest, a system that has published all that they hold, and a copy of it for plain SQL. */
export interface ReportedCompany {
  /** Where its API answers. */
  readonly api: string;
  readonly sources: SourcesInOne;
  stop(): Promise<void>;
}

/** Part of what happened was there before the system, the rest it saw happen. */
export async function openReportedCompany(seed: number): Promise<ReportedCompany> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-reports-'));
  const company = await startCompany({
    folder: join(folder, 'company'),
    seed,
    historyOrders: 150,
    historyCustomers: 40,
    logger: createLogger({ name: 'test', level: 'error' }),
  });
  const urls = Object.fromEntries(SERVICES.map((service) => [service, company.adminUrl(service)])) as Record<
    Service,
    string
  >;
  const history = await openAwkwardHistory(urls, createRandom(seed));
  const workload = createWorkload({ urls, seed, exclude: ['items truncated', 'refunds truncated'] });
  await workload.run({ steps: 150 });
  await history.putOrders(160);
  const system = await startSystem({ folder: join(folder, 'system'), sources: company.sourceConfigs() });
  await workload.run({ steps: 100 });
  await history.putOrders(60);
  await history.correct();
  await Promise.all([workload.close(), history.close()]);
  await untilPublished(system, urls);
  const sources = await copySources(urls);
  return {
    api: system.api,
    sources,
    async stop() {
      await sources.close();
      await system.stop();
      await company.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
