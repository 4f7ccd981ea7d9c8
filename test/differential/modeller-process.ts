import { flushCompileCache } from 'node:module';
import type { ClickHouseClient } from '@clickhouse/client';
import type { WarehouseConfig } from '../../runtime/config/config.ts';
import { armFailpoint } from '../../runtime/failpoint.ts';
import { createLogger } from '../../runtime/logger.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { ensureBookkeeping } from '../../warehouse/load/bookkeeping.ts';
import type { LoadedPosition } from '../../warehouse/load/positions/loaded-position.ts';
import type { Modeller } from '../../warehouse/models/modeller.ts';
import { readProject } from '../../warehouse/models/project/read-project.ts';
import { ensureModelBookkeeping } from '../../warehouse/models/store/bookkeeping.ts';
import { foldModels } from '../../warehouse/models/store/fold/fold-models.ts';
import { BATCHES_PER_PARTITION } from '../../warehouse/models/store/model-table.ts';
import { openProjectModeller } from '../../warehouse/testing/project-modeller.ts';

// Whoever keeps the models up to date, in a process of its own that tests can kill.

/** What it is told; it answers `Answer` to each. */
export type Order =
  | {
      readonly id: number;
      readonly do: 'open';
      readonly config: WarehouseConfig;
      readonly models: string;
      /** Creates the project's own views as well. */
      readonly withViews: boolean;
    }
  | { readonly id: number; readonly do: 'advance'; readonly positions: readonly LoadedPosition[] }
  | { readonly id: number; readonly do: 'arm'; readonly failpoint: string };

/** `value`: of `advance`, the published watermark or null, and which models have stopped. */
export interface Answer {
  readonly id: number;
  readonly error?: string;
  readonly value?: { readonly watermark: string | null; readonly stopped: readonly string[] };
}

const BUILD_KEYS = 40;
/** Cubes are folded where a batch has a multiple of this as its number. */
const FOLDED_EVERY = BigInt(BATCHES_PER_PARTITION);
const DAY_MS = 86_400_000;

flushCompileCache(); // Before somebody kills it.
const logger = createLogger({ name: 'modeller', level: 'error' });
let client: ClickHouseClient | null = null;
let modeller: Modeller | null = null;

async function open({ config, models, withViews }: Extract<Order, { do: 'open' }>): Promise<void> {
  await modeller?.close();
  modeller = null;
  client ??= await connect({ config, role: 'millrace', logger });
  await ensureBookkeeping(client);
  await ensureModelBookkeeping(client);
  const project = await readProject(models);
  modeller = await openProjectModeller({ client, config, project, logger, buildKeys: BUILD_KEYS, withViews });
}

/** As the schedule does it, in a process that may be killed in the middle of it. Every state can be read still. */
async function fold(from: ClickHouseClient): Promise<void> {
  const signal = new AbortController().signal;
  await foldModels({ client: from, horizonMs: DAY_MS, logger, signal });
}

async function obey(order: Order): Promise<Answer['value']> {
  if (order.do === 'open') await open(order);
  else if (order.do === 'arm') armFailpoint(order.failpoint);
  else if (order.do === 'advance') {
    const published = (await modeller?.advance(order.positions)) ?? null;
    if (client !== null && published !== null && BigInt(published.watermark) % FOLDED_EVERY === 0n) await fold(client);
    const stopped = modeller?.failures().map(({ model, error }) => `${model}: ${error.message}`) ?? [];
    return { watermark: published?.watermark ?? null, stopped };
  }
  return undefined;
}

process.on('message', (order: Order) => {
  obey(order).then(
    (value) => process.send?.({ id: order.id, ...(value === undefined ? {} : { value }) } satisfies Answer),
    (error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.send?.({ id: order.id, error: text } satisfies Answer);
    },
  );
});
// Whoever started it has ended.
process.once('disconnect', () => process.exit(1));
if (!process.connected) process.exit(1);
