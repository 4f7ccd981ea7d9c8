import { randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import { TABLE_SETTINGS } from '../clickhouse/table-settings.ts';

/** What a verification asks of whoever keeps the models up to date. */
export interface RepairRequest {
  readonly id: string;
  /** Of rows: the replica whose rows were put right. Empty: models are to be built anew. */
  readonly replica: string;
  /** Of models: those that are to be built anew; none: all of them. */
  readonly models: readonly string[];
  /** Keys of these rows: texts of the key's columns. */
  readonly keys: readonly (readonly string[])[];
  /** The rows were put right in this version, UInt128 as text: what is published has to have come as far. */
  readonly version: string;
}

const TABLE = `create table if not exists millrace.repair_requests (
    id UUID,
    replica String comment 'whose rows were put right; empty: models are built anew',
    keys Array(Array(String)),
    version UInt128 comment 'in which the rows were put right',
    requested_at DateTime64(6, 'UTC') default now64(6),
    done Bool,
    sequence UInt64
  ) engine = ReplacingMergeTree(sequence) order by id ttl toDateTime(requested_at) + interval 7 day where done
  ${TABLE_SETTINGS}
  comment 'what verifications ask of the models'`;

/** Tables of an earlier Millrace lack it. */
const MODELS_COLUMN = `alter table millrace.repair_requests
  add column if not exists models Array(String) comment 'that are built anew; none: all of them'`;

/** Creates the table; harmless when run again. */
export async function ensureRepairRequests(client: ClickHouseClient): Promise<void> {
  await client.command({ query: TABLE });
  await client.command({ query: MODELS_COLUMN });
}

export async function requestRepair(
  client: ClickHouseClient,
  request: Omit<RepairRequest, 'id' | 'models'> & { readonly models?: readonly string[] },
): Promise<RepairRequest> {
  const written = { id: randomUUID(), models: [], ...request };
  await client.insert({
    table: 'millrace.repair_requests',
    values: [{ ...written, sequence: '1' }],
    format: 'JSONEachRow',
  });
  return written;
}

/** Requests that nobody has met yet, in the order in which they were made. */
export async function pendingRepairs(client: ClickHouseClient): Promise<RepairRequest[]> {
  const result = await client.query({
    query: `
      select toString(id) as id, replica, models, keys, toString(version) as version
      from millrace.repair_requests final
      where not done
      order by requested_at`,
    format: 'JSONEachRow',
  });
  return result.json<RepairRequest>();
}

/** Those that no row's change meets: models are built for them. */
export function ofModels(requests: readonly RepairRequest[]): RepairRequest[] {
  return requests.filter(({ replica }) => replica === '');
}

export async function finishRepairs(client: ClickHouseClient, requests: readonly RepairRequest[]): Promise<void> {
  if (requests.length === 0) return;
  await client.insert({
    table: 'millrace.repair_requests',
    values: requests.map((request) => ({ ...request, done: true, sequence: '2' })),
    format: 'JSONEachRow',
  });
}
