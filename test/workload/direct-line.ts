import type { ClickHouseClient } from '@clickhouse/client';
import { queryText } from '../../warehouse/testing/temporary-warehouse.ts';
import type { Line } from './line.ts';

/** The slot is the log: what capture remembers is in the warehouse. */
export function createDirectLine(client: ClickHouseClient): Line {
  return {
    kafkaOf: () => undefined,
    loaders: 0,
    async capturedTables(source) {
      const query = `select base64Encode(snapshot) from millrace.capture_states final where source = '${source}'`;
      const text = Buffer.from(await queryText(client, query), 'base64').toString();
      return text === '' ? null : JSON.parse(text);
    },
    network: null,
    async killBroker() {},
    evidence: async () => [],
    async cleanUp() {},
    async stop() {},
  };
}
