import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { SERVICES, type Service } from '../../demo/services.ts';

/** The five services' tables as they are now in one database, a schema for each, so that SQL can join over services. */
export interface SourcesInOne {
  /** The one value of a statement, as text. */
  query(sql: string): Promise<string>;
  /** Of that database. */
  readonly url: string;
  close(): Promise<void>;
}

const DATABASE = 'sources_in_one';

/** Copies them into a database of its own on the same server, with what `plain.sql` makes of them. */
export async function copySources(urls: Readonly<Record<Service, string>>): Promise<SourcesInOne> {
  const server = new URL(urls.order);
  await run(server.href, async (client) => {
    await client.query(`create database ${DATABASE}`);
  });
  const own = new URL(server);
  own.pathname = `/${DATABASE}`;
  const client = new pg.Client({ connectionString: own.href });
  await client.connect();
  await client.query("set timezone to 'UTC'; create extension postgres_fdw");
  for (const service of SERVICES) {
    const { pathname, username, password, hostname, port } = new URL(urls[service]);
    const text = (value: string) => pg.escapeLiteral(decodeURIComponent(value));
    const [far, near] = [`${service}_far`, pg.escapeIdentifier(service)];
    await client.query(`
      create server ${far} foreign data wrapper postgres_fdw
        options (host ${text(hostname)}, port ${text(port)}, dbname ${text(pathname.slice(1))});
      create user mapping for current_user server ${far} options (user ${text(username)}, password ${text(password)});
      create schema ${far};
      create schema ${near};
      import foreign schema public from server ${far} into ${far};
    `);
    const { rows } = await client.query<{ name: string }>(
      'select table_name as name from information_schema.tables where table_schema = $1',
      [far],
    );
    for (const { name } of rows) {
      const table = pg.escapeIdentifier(name);
      await client.query(`create table ${near}.${table} as select * from ${far}.${table}`);
    }
  }
  await client.query(await readFile(join(import.meta.dirname, 'plain.sql'), 'utf8'));
  await client.query('analyze');
  return {
    url: own.href,
    async query(sql) {
      const { rows } = await client.query<Record<string, string>>(sql);
      return Object.values(rows[0] ?? {})[0] ?? '';
    },
    close: () => client.end(),
  };
}

async function run(connectionString: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
