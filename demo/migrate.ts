import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { MillraceError } from '../runtime/errors.ts';
import { DEMO_ERRORS } from './errors.ts';

/** A pair of files `YYYYMMDDHHMMSS-description.{up,down}.sql`. */
export interface Migration {
  readonly version: string;
  readonly description: string;
  readonly upFile: string;
  readonly downFile: string;
}

export interface MigrateOptions {
  /** Connected to the service's database as the owner of its tables; idle. */
  client: Client;
  /** Folder of pairs. */
  folder: string;
  /** Up: the last version to apply; all of them when left out. Down: the first version to keep; none when left out. */
  to?: string;
}

const FILE_NAME = /^(\d{14})-([a-z0-9-]+)\.(up|down)\.sql$/;

/** Applies what is missing, oldest first, each in a transaction of its own. Returns the versions applied. */
export async function migrateUp(options: MigrateOptions): Promise<string[]> {
  const migrations = readMigrations(options.folder);
  return underLock(options.client, async (applied) => {
    const due = migrations.filter(({ version }) => !applied.has(version) && version <= (options.to ?? version));
    for (const migration of due) {
      await runFile(options.client, migration.upFile, {
        text: 'insert into migrations.schema_migrations (version, description) values ($1, $2)',
        values: [migration.version, migration.description],
      });
    }
    return due.map(({ version }) => version);
  });
}

/** Takes back what was applied, newest first, each in a transaction of its own. Returns the versions taken back. */
export async function migrateDown(options: MigrateOptions): Promise<string[]> {
  const migrations = readMigrations(options.folder);
  return underLock(options.client, async (applied) => {
    const due = migrations.filter(({ version }) => applied.has(version) && version > (options.to ?? '')).reverse();
    for (const migration of due) {
      await runFile(options.client, migration.downFile, {
        text: 'delete from migrations.schema_migrations where version = $1',
        values: [migration.version],
      });
    }
    return due.map(({ version }) => version);
  });
}

/** The folder's pairs, oldest first. Throws DEMO_MIGRATION_INVALID. */
export function readMigrations(folder: string): Migration[] {
  const names = readdirSync(folder).sort();
  const pairs = new Map<string, { description: string; up?: string; down?: string }>();
  for (const name of names) {
    const match = FILE_NAME.exec(name);
    if (match === null) throw new MillraceError(DEMO_ERRORS.migrationInvalid, `${name} is not a migration's name`);
    const [version, description, direction] = match.slice(1) as [string, string, 'up' | 'down'];
    const pair = pairs.get(version) ?? { description };
    if (pair.description !== description) {
      throw new MillraceError(DEMO_ERRORS.migrationInvalid, `two migrations have the timestamp ${version}`);
    }
    pairs.set(version, { ...pair, [direction]: join(folder, name) });
  }
  return [...pairs].map(([version, { description, up, down }]) => {
    if (up === undefined || down === undefined) {
      throw new MillraceError(DEMO_ERRORS.migrationInvalid, `${version}-${description} lacks one of its two files`);
    }
    return { version, description, upFile: up, downFile: down };
  });
}

/** One runner at a time per database; the record is in a schema of its own, which is not published. */
async function underLock<T>(client: Client, work: (applied: Set<string>) => Promise<T>): Promise<T> {
  await client.query("select pg_advisory_lock(hashtext('millrace migrations'))");
  try {
    await client.query(`
      create schema if not exists migrations;
      create table if not exists migrations.schema_migrations (
        version text primary key,
        description text not null,
        applied_at timestamptz not null default now()
      )`);
    const { rows } = await client.query<{ version: string }>('select version from migrations.schema_migrations');
    return await work(new Set(rows.map(({ version }) => version)));
  } finally {
    await client.query("select pg_advisory_unlock(hashtext('millrace migrations'))");
  }
}

async function runFile(client: Client, file: string, record: { text: string; values: string[] }): Promise<void> {
  await client.query('begin');
  try {
    await client.query(readFileSync(file, 'utf8'));
    await client.query(record);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new MillraceError(DEMO_ERRORS.migrationFailed, file.slice(file.lastIndexOf('/') + 1), { cause: error });
  }
}
