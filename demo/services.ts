import { join } from 'node:path';
import pg from 'pg';
import { migrateUp } from './migrate.ts';

/** The five services of the example company, each with a database of its own. */
export const SERVICES = ['user', 'inventory', 'order', 'payment', 'notification'] as const;

export type Service = (typeof SERVICES)[number];

/** The role that publications are read with. */
export const REPLICATOR = 'millrace_replicator';

export function databaseOf(service: Service): string {
  return `${service}_db`;
}

export function migrationsFolder(service: Service): string {
  return join(import.meta.dirname, 'services', service, 'migrations');
}

export interface ServiceDatabasesOptions {
  /** URL of a database in the cluster as a superuser. */
  url(database: string): string;
  /** Password for the role `millrace_replicator`, set again each time. */
  replicatorPassword: string;
}

/** Makes the databases that are missing and brings every one up to the newest migration. */
export async function prepareServiceDatabases(options: ServiceDatabasesOptions): Promise<void> {
  const maintenance = new pg.Client({ connectionString: options.url('postgres') });
  await maintenance.connect();
  try {
    for (const service of SERVICES) {
      const name = databaseOf(service);
      const { rowCount } = await maintenance.query('select from pg_database where datname = $1', [name]);
      if (rowCount === 0) await maintenance.query(`create database ${pg.escapeIdentifier(name)}`);
    }
  } finally {
    await maintenance.end();
  }
  const { replicatorPassword } = options;
  for (const service of SERVICES) {
    await migrateService({ url: options.url(databaseOf(service)), service, replicatorPassword });
  }
}

/** Brings one database up to the newest migration and sets the password of the role that captures it. */
export async function migrateService(options: {
  /** Of the database, as a superuser. */
  url: string;
  service: Service;
  replicatorPassword: string;
}): Promise<void> {
  const client = new pg.Client({ connectionString: options.url });
  await client.connect();
  try {
    await migrateUp({ client, folder: migrationsFolder(options.service) });
    // A role's password cannot be a parameter.
    await client.query(`alter role ${REPLICATOR} password ${pg.escapeLiteral(options.replicatorPassword)}`);
  } finally {
    await client.end();
  }
}
