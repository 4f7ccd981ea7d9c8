import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';

/** A key of the API, as it is kept: without its secret. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the secret, in hexadecimal digits. */
  readonly hash: string;
  /** Of the secret before the last rotation; empty: none. */
  readonly formerHash: string;
  readonly formerUntilMs: number | null;
  readonly scopes: readonly string[];
  /** Values that rows may have, by column; none: every row. */
  readonly filters: Readonly<Record<string, readonly string[]>>;
  readonly requestsPerMinute: number | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
}

interface KeyRow {
  id: string;
  name: string;
  hash: string;
  former_hash: string;
  former_until: string | null;
  scopes: string[];
  filters: string;
  requests_per_minute: number | null;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
}

const UNKNOWN_TABLE = 60;
const UNKNOWN_DATABASE = 81;

/** Every key that there ever was; none where nobody has made one yet. */
export async function readApiKeys(client: ClickHouseClient): Promise<ApiKey[]> {
  const times = ['former_until', 'created_at', 'expires_at', 'revoked_at'].map(
    (column) => `toString(toUnixTimestamp64Milli(k.${column})) as ${column}`,
  );
  try {
    const result = await client.query({
      query: `
        select id, name, hash, former_hash, scopes, filters, requests_per_minute,
          ${times.join(', ')}
        from millrace.api_keys as k final
        order by k.created_at, k.id`,
      format: 'JSONEachRow',
    });
    return (await result.json<KeyRow>()).map(keyOf);
  } catch (error) {
    const code = error instanceof ClickHouseError ? Number(error.code) : 0;
    if (code === UNKNOWN_TABLE || code === UNKNOWN_DATABASE) return [];
    throw error;
  }
}

/** Writes a key, new or changed; its last row counts. */
export async function writeApiKey(client: ClickHouseClient, key: ApiKey): Promise<void> {
  const time = (ms: number | null) => (ms === null ? null : (ms / 1000).toFixed(3));
  await client.insert({
    table: 'millrace.api_keys',
    values: [
      {
        id: key.id,
        name: key.name,
        hash: key.hash,
        former_hash: key.formerHash,
        former_until: time(key.formerUntilMs),
        scopes: key.scopes,
        filters: JSON.stringify(key.filters),
        requests_per_minute: key.requestsPerMinute,
        created_at: time(key.createdAtMs),
        expires_at: time(key.expiresAtMs),
        revoked_at: time(key.revokedAtMs),
      },
    ],
    format: 'JSONEachRow',
  });
}

function keyOf(row: KeyRow): ApiKey {
  const ms = (text: string | null) => (text === null ? null : Number(text));
  return {
    id: row.id,
    name: row.name,
    hash: row.hash,
    formerHash: row.former_hash,
    formerUntilMs: ms(row.former_until),
    scopes: row.scopes,
    filters: JSON.parse(row.filters) as ApiKey['filters'],
    requestsPerMinute: row.requests_per_minute,
    createdAtMs: Number(row.created_at),
    expiresAtMs: ms(row.expires_at),
    revokedAtMs: ms(row.revoked_at),
  };
}
