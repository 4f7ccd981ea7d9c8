import type { OpenSaga } from './live-saga.ts';
import { parseCents } from './money.ts';
import type { ProductOffer } from './order-draft.ts';
import type { SagaProgress } from './order-saga.ts';
import type { ServicePools } from './service-transaction.ts';
import { PLACES, type Place, warehouseFor } from './vocabulary.ts';

/** What live traffic knows of the company; read at its start, kept up to date by what it does itself. */
export interface CompanyState {
  readonly customers: { readonly id: number; place: Place }[];
  readonly offers: ProductOffer[];
  readonly sagas: OpenSaga[];
  /** Never the same twice in a company's life: keeps two runs from one seed from drawing the same UUIDs. */
  readonly run: string;
}

const MAX_CUSTOMERS = 50_000;
const MAX_OFFERS = 10_000;
const MAX_SAGAS = 2_000;

export async function readCompanyState(pools: ServicePools): Promise<CompanyState> {
  const customers = await pools.user.query<{ user_id: string; city: string | null }>(
    'select user_id, city from profiles order by user_id desc limit $1',
    [MAX_CUSTOMERS],
  );
  const offers = await pools.inventory.query<{ id: string; price: string; cost: string }>(
    'select id, price, cost from products where is_active order by id limit $1',
    [MAX_OFFERS],
  );
  const run = await pools.order.query<{ id: string }>('select pg_current_xact_id()::text as id');
  return {
    run: run.rows[0]!.id,
    customers: customers.rows.map(({ user_id, city }) => ({ id: Number(user_id), place: placeOf(city) })),
    offers: offers.rows.map(({ id, price, cost }) => ({
      id: Number(id),
      priceCents: parseCents(price),
      costCents: parseCents(cost),
    })),
    sagas: await readOpenSagas(pools),
  };
}

/** Sagas of orders that have not ended, or those named, as the services have recorded them. */
export async function readOpenSagas(pools: ServicePools, correlationIds?: readonly string[]): Promise<OpenSaga[]> {
  const { rows } = await pools.order.query<{
    correlation_id: string;
    step: SagaProgress['order'];
    order_id: string;
    customer_id: string;
    total: string;
    region: string;
  }>(
    `select s.correlation_id, s.step, o.id as order_id, o.customer_id, s.payload ->> 'total' as total, o.region
    from saga_coordinator s
    join orders o on o.id = (s.payload ->> 'order_id')::bigint
    where s.saga_type = 'order'
      and s.finished_at is null
      and ($1::uuid[] is null or s.correlation_id = any ($1))
    order by s.started_at
    limit $2`,
    [correlationIds ?? null, MAX_SAGAS],
  );
  const ids = rows.map((row) => row.correlation_id);
  const inventory = await readSteps<SagaProgress['inventory']>(pools, 'inventory', ids);
  const payment = await readSteps<SagaProgress['payment']>(pools, 'payment', ids);
  const notification = await readSteps<SagaProgress['notification']>(pools, 'notification', ids);
  return rows.map((row) => ({
    correlationId: row.correlation_id,
    orderId: Number(row.order_id),
    customerId: Number(row.customer_id),
    warehouseId: warehouseFor(row),
    total: row.total,
    progress: {
      order: row.step,
      inventory: inventory.get(row.correlation_id) ?? null,
      payment: payment.get(row.correlation_id) ?? null,
      notification: notification.get(row.correlation_id) ?? null,
    },
  }));
}

async function readSteps<S>(
  pools: ServicePools,
  service: 'inventory' | 'payment' | 'notification',
  ids: readonly string[],
): Promise<Map<string, S>> {
  const { rows } = await pools[service].query<{ correlation_id: string; step: S }>(
    "select correlation_id, step from saga_coordinator where saga_type = 'order' and correlation_id = any ($1::uuid[])",
    [[...ids]],
  );
  return new Map(rows.map(({ correlation_id, step }) => [correlation_id, step]));
}

function placeOf(city: string | null): Place {
  return PLACES.find((place) => place.city === city) ?? UNKNOWN_PLACE;
}

const UNKNOWN_PLACE: Place = { city: 'unknown', region: 'unknown', country: 'US', taxBasisPoints: 0 };
