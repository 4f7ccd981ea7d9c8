import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { type ApiKey, readApiKeys } from '../../warehouse/access/api-keys.ts';
import { API_ERRORS } from '../errors.ts';
import { ApiError } from '../problems/problem.ts';

export interface KeyRing {
  /** Undefined: there is no such key. Throws API_WAREHOUSE_UNREACHABLE when nothing is known that is recent enough. */
  find(id: string): Promise<ApiKey | undefined>;
}

/** Younger than this keys are taken as they are known. */
const FRESH_MS = 1_000;
/** Younger than this they are read anew beside the request; older ones are waited for, so that what is revoked ends within it. */
const USABLE_MS = 3_000;
/** While the warehouse does not answer: so long a key holds that was seen before. Metrics are wanted most then. */
const MAX_STALE_MS = 300_000;
/** A key that is not known may have been made just now: read anew for it, but not for each that tries. */
const UNKNOWN_INTERVAL_MS = 250;

/** The keys of the warehouse, read when they are asked for, once for all requests of a second. */
export function createKeyRing(client: ClickHouseClient): KeyRing {
  let known: { readonly keys: ReadonlyMap<string, ApiKey>; readonly begunMs: number } | null = null;
  let reading: Promise<void> | null = null;

  function read(): Promise<void> {
    const begunMs = performance.now();
    reading ??= readApiKeys(client)
      .then((keys) => {
        known = { keys: new Map(keys.map((key) => [key.id, key])), begunMs };
      })
      .finally(() => {
        reading = null;
      });
    return reading;
  }

  const ageMs = (): number => (known === null ? Number.POSITIVE_INFINITY : performance.now() - known.begunMs);

  async function readOrKeep(): Promise<void> {
    try {
      await read();
    } catch (error) {
      if (ageMs() <= MAX_STALE_MS) return;
      throw new ApiError(API_ERRORS.warehouseUnreachable, 'keys cannot be checked without it', { cause: error });
    }
  }

  return {
    async find(id) {
      const askedMs = performance.now();
      if (ageMs() > USABLE_MS) await readOrKeep();
      else if (ageMs() > FRESH_MS) read().catch(() => {});
      // One that was under way may have begun before the key was made.
      for (let tries = 0; tries < 2 && known?.keys.has(id) !== true && (known?.begunMs ?? 0) < askedMs; tries++) {
        await sleep(Math.max(0, UNKNOWN_INTERVAL_MS - ageMs()));
        await readOrKeep();
      }
      return known?.keys.get(id);
    },
  };
}
