import type { ClickHouseClient } from '@clickhouse/client';
import type { FolderText } from './folder-text.ts';

/** Keeps a folder's text in the warehouse, where the process that keeps the models finds it, on whatever machine. */
export async function keepFolder(client: ClickHouseClient, { hash, files }: FolderText): Promise<void> {
  await client.insert({ table: 'millrace.model_folders', values: [{ hash, files }], format: 'JSONEachRow' });
}

/** Null where none of that hash was kept. */
export async function readKeptFolder(client: ClickHouseClient, hash: string): Promise<FolderText | null> {
  const result = await client.query({
    query: 'select files from millrace.model_folders where hash = {hash:String} limit 1',
    query_params: { hash },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ files: Record<string, string> }>();
  return row === undefined ? null : { hash, files: row.files };
}
