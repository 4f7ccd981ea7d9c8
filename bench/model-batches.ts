import { NEVER } from '../runtime/abortable.ts';
import { createLogger } from '../runtime/logger.ts';
import { foldModels } from '../warehouse/models/store/fold/fold-models.ts';
import { partsView } from '../warehouse/published/published.ts';
import { createRandom, type Random } from '../warehouse/testing/random.ts';
import { median, type Result, takeTurns } from './figures.ts';
import { customersOf, ITEMS_PER_ORDER, type LargeShop, openLargeShop, orderedAt } from './large-shop.ts';

const TARGET_RATIO = 1.5;
const TARGET_CUBE_RATIO = 20;
const CHANGES = 5_000;
/** Recent orders are the last so many, however many there are: as many of them are met by the same number of changes. */
const RECENT_ORDERS = 20_000;
const TIMES = 5;
const GROWTH = 10;

type Which = 'recent' | 'random';

/**
 * What one batch of 5,000 mixed changes costs with a tenth of the facts, and with all of them: from the loaded batch to
 * the published watermark. Both warehouses are there all the time and take turns.
 */
export async function benchModelBatches(options: {
  facts: number;
  rounds: number;
  onProgress: (text: string) => void;
}): Promise<Result> {
  const { facts, rounds, onProgress } = options;
  const shops: LargeShop[] = [];
  try {
    for (const size of [facts / GROWTH, facts]) {
      const shop = await openLargeShop(size);
      onProgress(`${size} facts built in ${shop.buildSeconds.toFixed(1)} s`);
      shops.push(shop);
    }
    const [few, many] = shops as [LargeShop, LargeShop];
    const times = new Map<string, number[]>();
    const writers = new Map(shops.map((shop) => [shop, createChanges(shop)]));
    const measure = async (shop: LargeShop, which: Which, round: number) => {
      writers.get(shop)?.(which);
      await shop.shop.commit();
      const ms = await shop.publish();
      if (round === 0) return; // Warms up.
      const key = `${shop === few ? 'few' : 'many'} ${which}`;
      times.set(key, [...(times.get(key) ?? []), ms]);
    };
    for (let round = 0; round <= rounds * TIMES; round++) {
      for (const which of ['recent', 'random'] as const) {
        await takeTurns(round, [() => measure(few, which, round), () => measure(many, which, round)]);
      }
    }
    const of = (key: string) => median(times.get(key) as number[]);
    const recent = of('many recent') / of('few recent');
    const random = of('many random') / of('few random');
    await fold(many);
    const cube = await cubeAgainstFacts(many);
    return {
      name: `models (batches of ${CHANGES} changes, ${facts / GROWTH} and ${facts} facts)`,
      figures: {
        'recent orders, few facts, ms': of('few recent'),
        'recent orders, many facts, ms': of('many recent'),
        'recent orders, ratio': recent,
        'random orders, few facts, ms': of('few random'),
        'random orders, many facts, ms': of('many random'),
        'random orders, ratio': random,
        'report from the cube, ms': cube.cubeMs,
        "the same from the cube's view, ms": cube.viewMs,
        'the same from the facts, ms': cube.factsMs,
        'facts to cube, ratio': cube.factsMs / cube.cubeMs,
        'cells of the cube': cube.cells,
        'first build, facts/s': facts / many.buildSeconds,
      },
      target: {
        text: `ratios at most ${TARGET_RATIO}, a report from the cube ${TARGET_CUBE_RATIO} times faster`,
        reached: Math.max(recent, random) <= TARGET_RATIO && cube.factsMs / cube.cubeMs >= TARGET_CUBE_RATIO,
      },
    };
  } finally {
    for (const shop of shops) await shop.close();
  }
}

/** 40% changed items, 20% changed orders, 20% new orders with their items, 20% refunds. */
function createChanges({ shop, orders }: LargeShop): (which: Which) => void {
  const random: Random = createRandom(7);
  let lastOrder = orders;
  let lastItem = orders * ITEMS_PER_ORDER;
  let lastRefund = 0;
  const customer = () => String(1 + random.below(customersOf(orders)));

  function putOrder(order: number, status: string): void {
    const at = orderedAt(Math.min(order, orders), orders);
    shop.put('orders', [String(order), customer(), status, 'web', 'north', 'DE', 'EUR', at]);
  }

  function putItem(item: number, order: number): void {
    const amount = `${random.below(200)}.50`;
    const product = String(1 + random.below(1_000));
    shop.put('order_items', [String(item), String(order), product, '2', '1.2345', amount, '0.50', '1.00', '9.99']);
  }

  return (which) => {
    const recent = Math.min(RECENT_ORDERS, orders);
    const order = () => (which === 'recent' ? orders - random.below(recent) : 1 + random.below(orders));
    for (let done = 0; done < CHANGES; done++) {
      const kind = random.below(10);
      const of = order();
      if (kind < 4) putItem((of - 1) * ITEMS_PER_ORDER + 1 + random.below(ITEMS_PER_ORDER), of);
      else if (kind < 6) putOrder(of, random.pick(['paid', 'shipped', 'delivered', 'cancelled']));
      else if (kind < 8) {
        putOrder(++lastOrder, 'paid');
        for (let i = 0; i < ITEMS_PER_ORDER; i++) putItem(++lastItem, lastOrder);
        done += ITEMS_PER_ORDER;
      } else {
        const id = String(++lastRefund);
        shop.put('refunds', [id, String(of), String((of - 1) * ITEMS_PER_ORDER + 1), '1.01', 'completed']);
      }
    }
  };
}

/**
 * As it is an hour after a build, which leaves the differences of each of its steps: they are summed up. What cannot be read any more
 * is declared by one run and removed by the next.
 */
async function fold({ warehouse }: LargeShop): Promise<void> {
  const logger = createLogger({ name: 'bench', level: 'warn' });
  const now = { horizonMs: 0, reportMs: 0, declaredMs: 0 };
  for (let run = 0; run < 2; run++) {
    await foldModels({ client: warehouse.client, ...now, logger, signal: NEVER });
  }
}

/**
 * One report, the turnover of each month and region: from the cube as the API asks it, from the cube as a BI tool does, and from the
 * facts, in turns; all must say the same.
 */
async function cubeAgainstFacts({
  warehouse,
}: LargeShop): Promise<{ cubeMs: number; viewMs: number; factsMs: number; cells: number }> {
  const times: Record<'cube' | 'view' | 'facts', number[]> = { cube: [], view: [], facts: [] };
  const published = await warehouse.client.query({
    query: 'select toString(max(watermark)) as watermark from millrace.watermarks',
    format: 'JSONEachRow',
  });
  const [row] = await published.json<{ watermark: string }>();
  const ofMonths = (relation: string) => `
    select month, region, sum(gross_revenue) as gross from ${relation}
    group by month, region having sum(order_lines) != 0 order by month, region`;
  const queries = {
    cube: ofMonths(`${partsView('monthly_sales_cube')}(watermark = ${row?.watermark})`),
    view: ofMonths('marts.monthly_sales_cube'),
    facts:
      'select makeDate32(toYear(order_date), toMonth(order_date), 1) as month, region, sum(gross_revenue) as gross from marts.sales_fact group by month, region order by month, region',
  };
  const answers = new Map<string, string>();
  for (let i = 0; i < 6; i++) {
    for (const from of ['cube', 'view', 'facts'] as const) {
      const began = performance.now();
      const result = await warehouse.client.query({ query: queries[from], format: 'TabSeparated' });
      answers.set(from, await result.text());
      if (i > 0) times[from].push(performance.now() - began);
    }
  }
  if (new Set(answers.values()).size > 1) throw new Error('the cube says otherwise than the facts');
  const counted = await warehouse.client.query({
    query: 'select toUInt32(count()) as cells from marts.monthly_sales_cube',
    format: 'JSONEachRow',
  });
  const [{ cells = 0 } = {}] = await counted.json<{ cells: number }>();
  return { cubeMs: median(times.cube), viewMs: median(times.view), factsMs: median(times.facts), cells };
}
