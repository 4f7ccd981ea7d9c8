import { afterAll, beforeAll, describe } from 'vitest';
import { lackingForTestBroker, startTestBroker, type TestBroker } from '../../changelog/kafka/testing/test-broker.ts';
import { startTestPostgres, type TestPostgres } from '../../ingest/testing/test-postgres.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../../warehouse/testing/temporary-warehouse.ts';

/** There once the tests, or a later `beforeAll`, run. */
export interface Engines {
  readonly broker: TestBroker;
  readonly postgres: TestPostgres;
  readonly warehouse: TemporaryWarehouse;
}

const START_MS = 240_000;

/** Tests with a broker, a Postgres and a warehouse of their own; skipped, with what is lacking, where there is no broker. */
export function describeOverKafka(title: string, tests: (engines: Engines) => void): void {
  const lacking = lackingForTestBroker();
  const name = lacking === null ? title : `${title} (skipped: ${lacking})`;
  describe.skipIf(lacking !== null)(name, () => {
    const engines: { -readonly [name in keyof Engines]?: Engines[name] } = {};
    beforeAll(async () => {
      [engines.broker, engines.postgres, engines.warehouse] = await Promise.all([
        startTestBroker(),
        startTestPostgres(),
        startTemporaryWarehouse(),
      ]);
    }, START_MS);
    // What is registered later ends sooner.
    afterAll(async () => {
      await Promise.all([engines.broker?.stop(), engines.postgres?.stop(), engines.warehouse?.stop()]);
    });
    tests(engines as Engines);
  });
}
