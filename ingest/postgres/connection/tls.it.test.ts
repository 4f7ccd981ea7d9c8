import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MillraceError } from '../../../runtime/errors.ts';
import { type Authority, createAuthority } from '../../testing/certificates.ts';
import { RecordingLog } from '../../testing/recording-log.ts';
import { caughtUp, sourceConfig, sourceRows, startCapture } from '../../testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../testing/test-postgres.ts';
import { startTlsProxy } from '../../testing/tls-proxy.ts';
import { closeSession, openSession } from './session.ts';

let folder: string;
let authority: Authority;
let other: Authority;
let server: TestPostgres;
let plain: TestPostgres;
let admin: pg.Client;

const HBA = `
hostssl certified reader 127.0.0.1/32 cert
hostssl secured   reader 127.0.0.1/32 scram-sha-256
hostnossl secured reader 127.0.0.1/32 reject
host    all       postgres 127.0.0.1/32 scram-sha-256
`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-tls-'));
  authority = createAuthority('millrace test');
  other = createAuthority('somebody else');
  const own = authority.issue('db', ['DNS:localhost']);
  server = await startTestPostgres(
    ['ssl=on', 'ssl_cert_file=server.crt', 'ssl_key_file=server.key', 'ssl_ca_file=ca.crt'],
    {
      files: {
        'server.crt': own.certificate,
        'server.key': own.key,
        'ca.crt': authority.certificate,
        'pg_hba.conf': HBA,
      },
    },
  );
  plain = await startTestPostgres();
  for (const name of ['secured', 'certified']) {
    await server.createDatabase(name);
    const client = await server.connect(name);
    await client.query(
      `create table t (id int primary key, v text); insert into t select n, repeat('v', 500) from generate_series(1, 2000) n`,
    );
    await client.query(`create publication ${name}_publication for table t`);
  }
  admin = await server.connect('secured');
  await admin.query(`create role reader login replication password 'p@ss/w:rd'; create role renamed login`);
  await admin.query('grant select on t to reader');
  const certified = await server.connect('certified');
  await certified.query('grant select on t to reader');
  const reader = authority.issue('reader');
  const stranger = other.issue('reader');
  for (const [name, content] of Object.entries({
    'ca.pem': authority.certificate,
    'other.pem': other.certificate,
    'reader.pem': reader.certificate,
    'reader.key': reader.key,
    'stranger.pem': stranger.certificate,
    'stranger.key': stranger.key,
  })) {
    writeFileSync(join(folder, name), content);
  }
});

afterAll(async () => {
  await Promise.all([server.stop(), plain.stop()]);
  authority.close();
  other.close();
  rmSync(folder, { recursive: true, force: true });
});

const file = (name: string): string => encodeURIComponent(join(folder, name));
const secured = (parameters: string, host = 'localhost'): string =>
  `postgres://reader:${encodeURIComponent('p@ss/w:rd')}@${host}:${server.port}/secured?${parameters}`;

/** Whether the connection is encrypted, or the code of what is in its way. */
async function outcome(url: string): Promise<string> {
  try {
    const session = await openSession({ url, applicationName: 'tls-test' });
    try {
      const { rows } = await session.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
      return rows[0].ssl ? 'tls' : 'plain';
    } finally {
      await closeSession(session);
    }
  } catch (error) {
    return error instanceof MillraceError ? error.code : String(error);
  }
}

describe('openSession', () => {
  it.each([
    ['', 'localhost', 'tls'],
    ['sslmode=disable', 'localhost', 'INGEST_AUTHENTICATION_FAILED'],
    ['sslmode=require', 'localhost', 'tls'],
    ['sslmode=require&sslrootcert=other.pem', 'localhost', 'INGEST_TLS_FAILED'],
    ['sslmode=verify-ca&sslrootcert=ca.pem', '127.0.0.1', 'tls'],
    ['sslmode=verify-ca&sslrootcert=other.pem', 'localhost', 'INGEST_TLS_FAILED'],
    ['sslmode=verify-full&sslrootcert=ca.pem', 'localhost', 'tls'],
    ['sslmode=verify-full&sslrootcert=ca.pem', '127.0.0.1', 'INGEST_TLS_FAILED'],
    ['sslmode=verify-full&sslrootcert=other.pem', 'localhost', 'INGEST_TLS_FAILED'],
    ['sslmode=verify-full', 'localhost', 'INGEST_TLS_FAILED'],
    ['sslmode=verify-full&sslrootcert=system', 'localhost', 'INGEST_TLS_FAILED'],
    ['sslmode=require&sslrootcert=none.pem', 'localhost', 'INGEST_TLS_FILE_UNREADABLE'],
  ])('with "%s" to %s: %s', async (parameters, host, expected) => {
    const withPaths = parameters.replace(/([a-z]+\.pem)/g, (name) => file(name));
    expect(await outcome(secured(withPaths, host))).toBe(expected);
  });

  it.each([
    ['channel_binding=require', 'INGEST_AUTHENTICATION_FAILED'],
    ['channel_binding=prefer', 'INGEST_AUTHENTICATION_FAILED'],
    ['channel_binding=disable', 'tls'],
    ['', 'tls'],
  ])(
    'with "%s" the password is bound to the channel, also when somebody stands in the middle: %s',
    async (parameters, between) => {
      expect(await outcome(secured(parameters))).toBe('tls');
      const proxy = await startTlsProxy({ host: '127.0.0.1', port: server.port }, other.issue('db', ['DNS:localhost']));
      try {
        expect(await outcome(secured(parameters).replace(`:${server.port}/`, `:${proxy.port}/`))).toBe(between);
      } finally {
        await proxy.close();
      }
    },
  );

  it('sends no password where channel binding is required and cannot be had', async () => {
    const required = (url: string): string => `${url}${url.includes('?') ? '&' : '?'}channel_binding=require`;
    const missing = 'INGEST_CHANNEL_BINDING_MISSING';
    expect(await outcome(required(plain.url('postgres')))).toBe(missing);
    expect(await outcome(required(`${plain.url('postgres').replace('secret', 'wrong')}?sslmode=disable`))).toBe(
      missing,
    );
    const certified = `postgres://reader@localhost:${server.port}/certified?sslcert=${file('reader.pem')}&sslkey=${file('reader.key')}`;
    expect(await outcome(required(certified))).toBe(missing);
    expect(await outcome(secured('channel_binding=require').replace('p%40ss', 'wrong'))).toBe(
      'INGEST_AUTHENTICATION_FAILED',
    );
  });

  it('uses a server without TLS where it may, and only there', async () => {
    expect(await outcome(plain.url('postgres'))).toBe('plain');
    expect(await outcome(`${plain.url('postgres')}?sslmode=require`)).toBe('INGEST_TLS_NOT_OFFERED');
    expect(await outcome(`${plain.url('postgres')}?sslmode=verify-full`)).toBe('INGEST_TLS_NOT_OFFERED');
  });

  it('logs in by a client certificate, and not by one of somebody else', async () => {
    const url = (who: string): string =>
      `postgres://reader@localhost:${server.port}/certified?sslmode=verify-full&sslrootcert=${file('ca.pem')}` +
      (who === '' ? '' : `&sslcert=${file(`${who}.pem`)}&sslkey=${file(`${who}.key`)}`);
    expect(await outcome(url('reader'))).toBe('tls');
    expect(await outcome(url(''))).toBe('INGEST_AUTHENTICATION_FAILED');
    expect(['INGEST_TLS_FAILED', 'INGEST_CONNECTION_LOST', 'INGEST_AUTHENTICATION_FAILED']).toContain(
      await outcome(url('stranger')),
    );
  });

  it('refuses a wrong password as what it is, and gives the name and time-out that the url asks for', async () => {
    expect(await outcome(secured('').replace('p%40ss', 'wrong'))).toBe('INGEST_AUTHENTICATION_FAILED');
    const url = secured('application_name=mine&connect_timeout=3');
    const session = await openSession({ url, applicationName: 'theirs' });
    const { rows } = await session.query(`select current_setting('application_name') as name`);
    expect(rows[0].name).toBe('mine');
    await closeSession(session);
  });
});

describe('capture', () => {
  it.each(['secured', 'certified'])('copies and streams through TLS: %s', async (name) => {
    const client = await server.connect(name);
    const url =
      name === 'secured'
        ? secured(`sslmode=verify-full&sslrootcert=${file('ca.pem')}`)
        : `postgres://reader@localhost:${server.port}/certified?sslmode=verify-full&sslrootcert=${file('ca.pem')}&sslcert=${file('reader.pem')}&sslkey=${file('reader.key')}`;
    const log = new RecordingLog();
    const running = startCapture(sourceConfig(name, url), log);
    await caughtUp(client, running);
    await client.query(`update t set v = repeat('w', 3000) where id % 3 = 0; delete from t where id % 7 = 0`);
    await caughtUp(client, running);
    expect(log.recorded.rows('public.t')).toEqual(await sourceRows(client, 't'));
    const { rows } = await client.query(
      `select bool_and(ssl) as ssl, count(*)::int as n from pg_stat_ssl join pg_stat_activity using (pid) where usename = 'reader' and datname = $1`,
      [name],
    );
    expect(rows[0]).toMatchObject({ ssl: true });
    expect(rows[0].n).toBeGreaterThan(1);
    expect(await running.stop()).toBeNull();
  });
});
