import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPositions } from '../../warehouse/load/positions/loaded-position.ts';
import { createRandom } from '../../warehouse/testing/random.ts';
import { operate } from './operations.ts';
import { randomFailpoint } from './plan-round.ts';
import type { ReaderReport } from './reader-process.ts';
import { VIEW_OVER_ALL, viewOverAll } from './readings.ts';
import { MODELS, type Stage } from './stage.ts';
import { startReaders } from './start-readers.ts';

export interface BatchesResult extends ReaderReport {
  readonly batches: number;
  readonly kills: number;
}

const CONNECTIONS = 3;
const POPULATION = 120;

/**
 * Publishes batch after batch while readers look at everything in a tight loop. Every so many batches whoever keeps the
 * models is killed in the middle of one.
 */
export async function runBatches(options: {
  stage: Stage;
  seed: number;
  batches: number;
  killEvery: number;
}): Promise<BatchesResult> {
  const { stage, seed, batches, killEvery } = options;
  const { services, modeller, warehouse } = stage;
  const random = createRandom(seed);
  for (let n = 0; n < POPULATION; n++) operate(services, random);
  await services.commit();
  const models = await mkdtemp(join(tmpdir(), 'millrace-readers-'));
  await cp(MODELS, models, { recursive: true });
  await writeFile(join(models, 'models/views', `${VIEW_OVER_ALL}.sql`), viewOverAll(stage.project));
  async function open(): Promise<void> {
    const opened = await modeller.open(models, { withViews: true });
    if (opened.kind !== 'done') throw new Error(`not opened: ${JSON.stringify(opened)}`);
  }
  await open();
  const readers = startReaders({ config: warehouse.config, models, connections: CONNECTIONS });
  let kills = 0;
  let published = 0;
  while (published < batches) {
    for (let n = 0; n < 1 + random.below(6); n++) operate(services, random);
    await services.commit();
    if (published % killEvery === killEvery - 1 && kills < published / killEvery) {
      await modeller.arm(randomFailpoint(random, 'restarted'));
    }
    const outcome = await modeller.advance(await readPositions(warehouse.client));
    if (outcome.kind === 'failed') throw new Error(outcome.error);
    if (outcome.kind === 'died') {
      kills++;
      await open();
    } else if (outcome.watermark !== null) {
      published++;
    }
  }
  const report = await readers.end();
  await rm(models, { recursive: true, force: true });
  return { ...report, batches: published, kills };
}
