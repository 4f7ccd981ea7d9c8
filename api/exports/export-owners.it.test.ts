import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { type CryptoKey, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../runtime/logger.ts';
import { buildApp } from '../app.ts';
import { type FixtureWarehouse, startFixtureWarehouse } from '../fixture/fixture-warehouse.ts';
import { AUDIENCE, ISSUER, newSigningKey, trusting } from '../fixture/token-issuer.ts';
import { WIDE_QUESTION, wideCube } from '../fixture/wide-cube.ts';

const CELLS = 500;

let warehouse: FixtureWarehouse;
let folder: string;
let app: FastifyInstance;
let key: CryptoKey;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-owners-'));
  const { privateKey, jwk } = await newSigningKey('own');
  key = privateKey;
  const jwks = join(folder, 'jwks.json');
  await writeFile(jwks, JSON.stringify({ keys: [jwk] }));
  warehouse = await startFixtureWarehouse();
  await warehouse.run(...wideCube(CELLS));
  await warehouse.publish(1);
  const jwt = trusting(jwks);
  app = await buildApp({
    client: warehouse.client,
    logger: createLogger({ name: 'api', level: 'fatal' }),
    access: { rules: { keys: false, jwt, openMetrics: false, audit: 'log' }, writer: warehouse.admin },
    exportsFolder: join(folder, 'exports'),
  });
});
afterAll(async () => {
  await app?.close();
  await warehouse?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A token of its own for each request, as after a renewal: who it is of is what counts. */
async function as(subject: string, request: InjectOptions, scope = 'cubes', expires = '5m') {
  const token = await new SignJWT({ scope })
    .setProtectedHeader({ alg: 'ES256', kid: 'own' })
    .setSubject(subject)
    .setIssuedAt()
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setExpirationTime(expires)
    .sign(key);
  return app.inject({ ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } });
}

test('with tokens an export is of their subject, with the rights that they have when the file is read', async () => {
  const payload = { request: { path: '/v1/cubes/wide_cube/query', body: WIDE_QUESTION }, format: 'csv' };
  const accepted = await as('ada', { method: 'POST', url: '/v1/exports', payload });
  expect(accepted.statusCode, accepted.body).toBe(202);
  const url = String(accepted.headers.location);
  await expect.poll(async () => (await as('ada', { url })).json().data.status, { timeout: 20_000 }).toBe('done');

  const file = await as('ada', { url: `${url}/file` });
  expect([file.statusCode, file.body.split('\r\n').length]).toEqual([200, CELLS + 2]);

  // Somebody else's is not there.
  for (const request of [{ url }, { url: `${url}/file` }, { url, method: 'DELETE' as const }]) {
    const answer = await as('eve', request);
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'API_EXPORT_UNKNOWN']);
  }
  expect((await as('eve', { url: '/v1/exports' })).json().data).toEqual([]);
  expect((await as('ada', { url: '/v1/exports' })).json().data).toHaveLength(1);

  const fewer = await as('ada', { url: `${url}/file` }, 'reports');
  expect([fewer.statusCode, fewer.json().code]).toEqual([403, 'API_SCOPE_MISSING']);
  expect((await as('ada', { url: `${url}/file` }, 'cubes', '-5m')).statusCode).toBe(401);
  expect((await app.inject({ url: `${url}/file` })).statusCode).toBe(401);
  expect((await as('ada', { url: `${url}/file` })).statusCode).toBe(200);
});
