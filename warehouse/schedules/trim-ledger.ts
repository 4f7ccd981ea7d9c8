import type { ClickHouseClient } from '@clickhouse/client';

const KEPT_DAYS = 30;

/** Removes entries that are long past, but never the last of a task: what is missing behind it is caught up. */
export async function trimLedger(client: ClickHouseClient): Promise<void> {
  await client.command({
    query: `
      delete from millrace.ledger
      where interval_end < now64(3) - toIntervalDay({days:UInt32})
        and (task, interval_end) not in (
          select task, max(interval_end)
          from millrace.ledger
          where trigger = 'schedule'
          group by task
        )`,
    query_params: { days: KEPT_DAYS },
  });
}
