import type { WarehouseConfig } from '../../runtime/config/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { readProject } from '../../warehouse/models/project/read-project.ts';
import { type Reading, readAtPublished, readInOneQuery, readView } from './readings.ts';

// Readers in a tight loop, in a process of their own: `node reader-process.ts <JSON of ReaderStart>`. Told anything, it ends its
// readers and answers `ReaderReport`.

export interface ReaderStart {
  readonly config: WarehouseConfig;
  readonly models: string;
  readonly connections: number;
}

export interface ReaderReport {
  readonly readings: number;
  /** Published states that were met. */
  readonly watermarks: number;
  /** Reports that disagree, states that go back, queries that failed: empty when all is well. */
  readonly faults: readonly string[];
}

const MAX_FAULTS = 20;

const { config, models, connections } = JSON.parse(process.argv[2] ?? '') as ReaderStart;
const project = await readProject(models);
const client = await connect({ config, role: 'reader', logger: createLogger({ name: 'readers', level: 'error' }) });
const stop = new AbortController();
const watermarks = new Set<bigint>();
const faults: string[] = [];
let readings = 0;

async function read(take: () => Promise<Reading>): Promise<void> {
  let last = 0n;
  while (!stop.signal.aborted && faults.length < MAX_FAULTS) {
    try {
      const { watermark, disagreements } = await take();
      if (watermark !== null) {
        if (watermark < last) faults.push(`${last} was read, and then ${watermark}`);
        last = watermark;
        watermarks.add(watermark);
      }
      faults.push(...disagreements);
      readings++;
    } catch (error) {
      faults.push(String(error));
    }
  }
}

const takes = [() => readView(client), () => readAtPublished(client, project), () => readInOneQuery(client, project)];
const reading = Array.from({ length: connections }, (_, n) => read(takes[n % takes.length] as () => Promise<Reading>));
process.once('disconnect', () => process.exit(1));
if (!process.connected) process.exit(1);
process.once('message', async () => {
  stop.abort();
  await Promise.all(reading);
  process.send?.({ readings, watermarks: watermarks.size, faults } satisfies ReaderReport);
});
