import type { ClickHouseClient } from '@clickhouse/client';
import { newKeyId, newSecret } from '../../api/access/key-secret.ts';
import type { WarehouseConfig } from '../../runtime/config/config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { createLogger } from '../../runtime/logger.ts';
import { type ApiKey, readApiKeys, writeApiKey } from '../../warehouse/access/api-keys.ts';
import { ensureAccessBookkeeping } from '../../warehouse/access/bookkeeping.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { CLI_ERRORS } from '../errors.ts';
import { cellsText } from '../table-text.ts';

interface Common {
  readonly warehouse: WarehouseConfig;
  readonly json: boolean;
}

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly filters: ApiKey['filters'];
  readonly requestsPerMinute: number | null;
  /** From now on; null: never. */
  readonly expiresInMs: number | null;
}

/** Makes a key and prints it, once: only its hash is kept. */
export async function createKey({ warehouse, json, ...wanted }: Common & NewKey): Promise<void> {
  await withKeys(warehouse, async (client) => {
    const nowMs = Date.now();
    const id = newKeyId();
    const { key, hash } = newSecret(id);
    const made: ApiKey = {
      id,
      name: wanted.name,
      hash,
      formerHash: '',
      formerUntilMs: null,
      scopes: wanted.scopes,
      filters: wanted.filters,
      requestsPerMinute: wanted.requestsPerMinute,
      createdAtMs: nowMs,
      expiresAtMs: wanted.expiresInMs === null ? null : nowMs + wanted.expiresInMs,
      revokedAtMs: null,
    };
    await writeApiKey(client, made);
    printSecret({ made, key, json, text: 'Keep it: it is not shown again.' });
  });
}

/** Gives a key another secret; the one before holds for a while, so that whoever uses it can change over. */
export async function rotateKey(options: Common & { id: string; overlapMs: number }): Promise<void> {
  const { warehouse, json, id, overlapMs } = options;
  await withKeys(warehouse, async (client) => {
    const former = await findKey(client, id);
    const { key, hash } = newSecret(former.id);
    const formerUntilMs = Date.now() + overlapMs;
    const made = { ...former, hash, formerHash: former.hash, formerUntilMs };
    await writeApiKey(client, made);
    const until = new Date(formerUntilMs).toISOString();
    printSecret({ made, key, json, text: `Keep it: it is not shown again. The former secret holds until ${until}.` });
  });
}

/** Ends a key, for good. */
export async function revokeKey({ warehouse, json, id }: Common & { id: string }): Promise<void> {
  await withKeys(warehouse, async (client) => {
    const key = { ...(await findKey(client, id)), revokedAtMs: Date.now() };
    await writeApiKey(client, key);
    print(json ? JSON.stringify(shown(key)) : `${key.id} (${key.name}) is revoked; the API knows within seconds`);
  });
}

export async function listKeys({ warehouse, json }: Common): Promise<void> {
  await withKeys(warehouse, async (client) => {
    const keys = await readApiKeys(client);
    if (json) return print(JSON.stringify({ keys: keys.map(shown) }));
    if (keys.length === 0) return print('there are no keys: millrace keys create makes one');
    const rows = keys.map((key) => [
      key.id,
      key.name,
      stateOf(key),
      key.scopes.join(' '),
      Object.entries(key.filters)
        .map(([column, values]) => `${column}=${values.join(',')}`)
        .join(' ') || '-',
      key.requestsPerMinute === null ? '-' : `${key.requestsPerMinute}/min`,
      timeOf(key.expiresAtMs) ?? 'never',
    ]);
    print(cellsText([['id', 'name', 'state', 'scopes', 'rows', 'limit', 'expires'], ...rows]));
  });
}

async function withKeys(warehouse: WarehouseConfig, work: (client: ClickHouseClient) => Promise<void>): Promise<void> {
  const logger = createLogger({ name: 'keys', level: 'silent' });
  const client = await connect({ config: warehouse, role: 'millrace', logger });
  try {
    await ensureAccessBookkeeping(client);
    await work(client);
  } finally {
    await client.close();
  }
}

/** Throws CLI_KEY_UNKNOWN. */
async function findKey(client: ClickHouseClient, id: string): Promise<ApiKey> {
  const keys = await readApiKeys(client);
  const key = keys.find((each) => each.id === id);
  if (key !== undefined && key.revokedAtMs === null) return key;
  const why = key === undefined ? 'there is none with this id' : 'it was revoked';
  throw new MillraceError(CLI_ERRORS.keyUnknown, `${id}: ${why}`);
}

function printSecret(what: { made: ApiKey; key: string; json: boolean; text: string }): void {
  const { made, key, json, text } = what;
  print(json ? JSON.stringify({ ...shown(made), key }) : `${key}\n${text}`);
}

/** Without its hashes. */
function shown(key: ApiKey): object {
  return {
    id: key.id,
    name: key.name,
    state: stateOf(key),
    scopes: key.scopes,
    filters: key.filters,
    requests_per_minute: key.requestsPerMinute,
    created_at: timeOf(key.createdAtMs),
    expires_at: timeOf(key.expiresAtMs),
    revoked_at: timeOf(key.revokedAtMs),
    former_secret_until: timeOf(key.formerUntilMs),
  };
}

function stateOf({ revokedAtMs, expiresAtMs }: ApiKey): 'active' | 'revoked' | 'expired' {
  if (revokedAtMs !== null) return 'revoked';
  return expiresAtMs !== null && expiresAtMs <= Date.now() ? 'expired' : 'active';
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
