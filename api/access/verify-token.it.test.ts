import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CryptoKey, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { JwtConfig } from '../../runtime/config/access.ts';
import { AUDIENCE, ISSUER, newSigningKey, trusting } from '../fixture/token-issuer.ts';
import { createTokenVerifier } from './verify-token.ts';

/** An identity provider's keys, behind HTTP as they really are. */
let server: Server;
let served: { keys: JWK[] };
let status = 200;
let asked = 0;
let config: JwtConfig;
let own: CryptoKey;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-jwks-'));
  const { privateKey, jwk } = await newSigningKey('own');
  own = privateKey;
  served = { keys: [jwk] };
  server = createServer((_request, response) => {
    asked++;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(served));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  config = trusting(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`, {
    algorithms: ['ES256', 'RS256'],
    filters: { region: 'regions' },
    requestsPerMinute: 90,
  });
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  status = 200;
});

interface Made {
  key?: CryptoKey | Uint8Array;
  header?: { alg: string; kid?: string };
  claims?: Record<string, unknown>;
  issuer?: string;
  audience?: string;
  expires?: string | number | null;
}

function token(made: Made = {}): Promise<string> {
  const { key = own, header = { alg: 'ES256', kid: 'own' }, claims = {}, expires = '5m' } = made;
  const jwt = new SignJWT({ scope: 'openid reports', regions: ['EU'], name: 'Ada', ...claims })
    .setProtectedHeader(header)
    .setSubject('ada')
    .setIssuedAt()
    .setIssuer(made.issuer ?? ISSUER)
    .setAudience(made.audience ?? AUDIENCE);
  return (expires === null ? jwt : jwt.setExpirationTime(expires)).sign(key);
}

it('lets in whom the issuer vouches for, with the scopes and rows of the claims, and asks for its keys once', async () => {
  const verifier = createTokenVerifier(config);
  asked = 0;
  const expected = {
    kind: 'token',
    id: 'ada',
    name: 'Ada',
    scopes: ['reports'],
    filters: { region: ['EU'] },
    requestsPerMinute: 90,
  };
  expect(await verifier.verify(await token())).toEqual(expected);
  await Promise.all([1, 2, 3].map(async () => verifier.verify(await token())));
  expect(asked).toBe(1);
});

it('refuses every other token with its code', async () => {
  const verifier = createTokenVerifier(config);
  const other = await newSigningKey('own');
  const [head = '', , signature = ''] = (await token()).split('.');
  const forged = Buffer.from(JSON.stringify({ iss: ISSUER, aud: AUDIENCE, sub: 'eve', exp: 9e9 })).toString(
    'base64url',
  );
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${forged}.`;
  const wrong: Record<string, string> = {
    'signed by another key of the same id': await token({ key: other.privateKey }),
    'of an unknown key id': await token({ header: { alg: 'ES256', kid: 'nobody' } }),
    // The public key as a secret, which a verifier that trusts the header would take.
    'with a secret': await token({
      key: Buffer.from(JSON.stringify(served.keys[0])),
      header: { alg: 'HS256', kid: 'own' },
    }),
    unsigned,
    'with other claims than were signed': `${head}.${forged}.${signature}`,
    'of another issuer': await token({ issuer: 'https://evil.example' }),
    'for another audience': await token({ audience: 'mail' }),
    'without an end': await token({ expires: null }),
    'before its time': await token({ claims: { nbf: Math.floor(Date.now() / 1000) + 600 } }),
    'without the claim of a row filter': await token({ claims: { regions: undefined } }),
    'no token at all': 'x',
    'a token cut short': (await token()).slice(0, -10),
  };
  for (const [what, text] of Object.entries(wrong)) {
    await expect(verifier.verify(text), what).rejects.toMatchObject({ code: 'API_TOKEN_INVALID' });
  }
  const late = await token({ expires: Math.floor(Date.now() / 1000) - 120 });
  await expect(verifier.verify(late)).rejects.toMatchObject({ code: 'API_TOKEN_EXPIRED' });
});

it('takes a new key of the issuer without being told', async () => {
  const next = await newSigningKey('next', 'RS256');
  const verifier = createTokenVerifier({ ...config, jwks: join(folder, 'jwks.json') });
  await writeFile(join(folder, 'jwks.json'), JSON.stringify(served));
  const signed = await token({ key: next.privateKey, header: { alg: 'RS256', kid: 'next' } });
  await verifier.verify(await token());
  await expect(verifier.verify(signed)).rejects.toMatchObject({ code: 'API_TOKEN_INVALID' });
  await writeFile(join(folder, 'jwks.json'), JSON.stringify({ keys: [next.jwk] }));
  expect(await verifier.verify(signed)).toMatchObject({ id: 'ada' });
});

it('says that tokens cannot be checked while the keys are away, and goes on when they are back', async () => {
  const verifier = createTokenVerifier(config);
  status = 500;
  await expect(verifier.verify(await token())).rejects.toMatchObject({ code: 'API_TOKEN_KEYS_AWAY' });
  status = 200;
  await expect.poll(async () => (await verifier.verify(await token())).id, { timeout: 10_000 }).toBe('ada');
  const nowhere = createTokenVerifier({ ...config, jwks: join(folder, 'nowhere.json') });
  await expect(nowhere.verify(await token())).rejects.toMatchObject({ code: 'API_TOKEN_KEYS_AWAY' });
  const closed = createTokenVerifier({ ...config, jwks: 'http://127.0.0.1:1/jwks' });
  await expect(closed.verify(await token())).rejects.toMatchObject({ code: 'API_TOKEN_KEYS_AWAY' });
});
