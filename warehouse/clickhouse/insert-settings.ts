import type { ClickHouseSettings } from '@clickhouse/client';

const SMALL_BYTES = 1 << 20;

/**
 * For an insert of so many bytes. The server parses 10 MiB at a time in a thread of their own: less is no faster for it. A small insert is
 * parsed, sorted and written in one thread: handing it on costs the server a sixth of what the insert does.
 * https://clickhouse.com/docs/operations/settings/formats#input_format_parallel_parsing
 */
export function insertSettings(bytes: number): ClickHouseSettings {
  return { input_format_parallel_parsing: 0, ...(bytes < SMALL_BYTES && { max_threads: 1 }) };
}
