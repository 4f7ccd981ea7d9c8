import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDirectChangeLog } from '../../changelog/direct/direct-change-log.ts';
import { createLogger } from '../../runtime/logger.ts';
import { connect } from '../clickhouse/connect.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../testing/temporary-warehouse.ts';
import { createWarehouseDestination } from './destination.ts';

let warehouse: TemporaryWarehouse;
beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
});
afterAll(() => warehouse.stop());

const STATE = { epoch: 1, snapshotLsn: 100n, consistentLsn: 100n, snapshot: {} };

function logFrom(client: ClickHouseClient) {
  const warnings: unknown[] = [];
  const logger = createLogger({ name: 'test', level: 'silent' });
  logger.warn = (facts: unknown) => void warnings.push(facts);
  const destination = createWarehouseDestination({ client, logger, journal: true });
  return { log: createDirectChangeLog({ destination }), warnings };
}

/** Calls `before` with the number of each request that is about to be sent. */
function counting(client: ClickHouseClient, before: (request: number) => void): ClickHouseClient {
  let requests = 0;
  return new Proxy(client, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      if (!['query', 'command', 'insert', 'exec'].includes(String(property))) return value.bind(target);
      return (...args: unknown[]) => {
        before(++requests);
        return Reflect.apply(value, target, args);
      };
    },
  });
}

function killServer(): void {
  const pid = warehouse.server.pid();
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
}

test('waits for a warehouse that goes away before, and at any step of, opening a log', async () => {
  const first = logFrom(warehouse.client);
  const opened = await first.log.openSource('a');
  await opened.saveState(STATE);
  await first.log.close();
  let steps = 0;
  const counted = logFrom(
    counting(warehouse.client, (request) => {
      steps = request;
    }),
  );
  await counted.log.openSource('a');
  await counted.log.close();
  // Before the first; in what is made once for all sources; and before each of the last, which read this one's.
  for (const at of [1, Math.floor(steps / 2), steps - 1, steps]) {
    const { log, warnings } = logFrom(
      counting(warehouse.client, (request) => {
        if (request === at) killServer();
      }),
    );
    const again = await log.openSource('a');
    expect(again.state, `killed at request ${at} of ${steps}`).toEqual(STATE);
    expect(warnings, `killed at request ${at} of ${steps}`).toEqual([
      expect.objectContaining({ code: 'CLICKHOUSE_UNREACHABLE' }),
    ]);
    await log.close();
  }
});

test('gives up opening when it is told to, also when the warehouse keeps silent', async () => {
  const client = await connect({
    config: warehouse.config,
    role: 'millrace',
    logger: createLogger({ name: 'test', level: 'silent' }),
    requestTimeoutMs: 300,
  });
  const { log, warnings } = logFrom(client);
  const pid = warehouse.server.pid() as number;
  process.kill(pid, 'SIGSTOP');
  try {
    const stopping = new AbortController();
    const opening = log.openSource('b', stopping.signal).then(
      () => 'opened',
      () => 'given up',
    );
    await expect.poll(() => warnings.length, { timeout: 10_000 }).toBe(1);
    stopping.abort();
    expect(await opening).toBe('given up');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  expect((await log.openSource('b')).state).toBeNull();
  await log.close();
  await client.close();
});
