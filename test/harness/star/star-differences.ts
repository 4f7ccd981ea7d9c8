import type { ClickHouseClient } from '@clickhouse/client';
import { Client } from 'pg';
import { SERVICES, type Service } from '../../../demo/services.ts';
import { dumpRefunds, useRefunds } from '../compare-marts.ts';
import { type Check, checkDifferences } from './check.ts';
import { INVENTORY_CHECKS } from './inventory-checks.ts';
import { NOTIFICATION_CHECKS } from './notification-checks.ts';
import { ORDER_CHECKS } from './order-checks.ts';
import { PAYMENT_CHECKS } from './payment-checks.ts';
import { SAGA_CHECKS } from './saga-checks.ts';
import { SALES_CHECKS } from './sales-checks.ts';
import { USER_CHECKS } from './user-checks.ts';

const CHECKS: Readonly<Record<Service, readonly Check[]>> = {
  user: USER_CHECKS,
  inventory: INVENTORY_CHECKS,
  // The last two read what other services have; copies of it are on the order service's connection.
  order: [...ORDER_CHECKS, ...SALES_CHECKS, ...SAGA_CHECKS],
  payment: PAYMENT_CHECKS,
  notification: NOTIFICATION_CHECKS,
};

/** Compares the star schema with what Postgres computes from the services' tables. Answers the differences. */
export async function starDifferences(options: {
  urls: Readonly<Record<Service, string>>;
  client: ClickHouseClient;
}): Promise<string[]> {
  const { urls, client } = options;
  const connections = new Map(SERVICES.map((service) => [service, new Client({ connectionString: urls[service] })]));
  const of = (service: Service) => connections.get(service) as Client;
  try {
    await Promise.all([...connections.values()].map((connection) => connection.connect()));
    for (const connection of connections.values()) await connection.query("set timezone to 'UTC'");
    await useRefunds(of('order'), await dumpRefunds(of('payment')));
    await useSagas(of('order'), of);
    const found = await Promise.all(
      SERVICES.map(async (service) => {
        const differences: string[] = [];
        for (const check of CHECKS[service]) {
          differences.push(...(await checkDifferences(check, { postgres: of(service), client })));
        }
        return differences;
      }),
    );
    return found.flat();
  } finally {
    await Promise.all([...connections.values()].map((connection) => connection.end()));
  }
}

const COPIES = {
  parts: {
    table: 'saga_coordinator',
    columns: 'correlation_id uuid, saga_type text, status text, started_at timestamptz, finished_at timestamptz',
  },
  events: {
    table: 'event_store',
    columns:
      'id bigint, correlation_id uuid, aggregate_type text, aggregate_id text, event_type text, outcome text, occurred_at timestamptz',
  },
} as const;

/** `pg_temp.parts` and `pg_temp.events`, of all services. */
async function useSagas(into: Client, of: (service: Service) => Client): Promise<void> {
  for (const [name, { table, columns }] of Object.entries(COPIES)) {
    await into.query(`drop table if exists pg_temp.${name}`);
    await into.query(`create temporary table ${name} (service text, ${columns})`);
    const names = columns.split(', ').map((column) => column.split(' ')[0]);
    for (const service of SERVICES) {
      const { rows } = await of(service).query<{ rows: string }>(
        `select coalesce(json_agg(t), '[]')::text as rows from (select ${names.join(', ')} from ${table}) as t`,
      );
      await into.query(`insert into pg_temp.${name} select $2, r.* from json_to_recordset($1::json) as r(${columns})`, [
        rows[0]?.rows,
        service,
      ]);
    }
  }
}
