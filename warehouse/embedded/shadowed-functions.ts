import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The server runs as clickhouse-local does, where the function `file` reads any file that the process may read, for
 * every user: no grant or setting covers it (the table function of that name is covered). A function of the user's own
 * is resolved first, so one of that name is put where the server loads them from; CREATE FUNCTION would refuse the name.
 * https://clickhouse.com/docs/sql-reference/functions/files
 */
const SHADOWED = {
  file: "CREATE FUNCTION `file` AS path -> throwIf(length(toString(path)) >= 0, 'the function file is not available')",
} as const;

export function writeShadowedFunctions(dataFolder: string): void {
  const folder = join(dataFolder, 'user_defined');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [name, definition] of Object.entries(SHADOWED)) {
    writeFileSync(join(folder, `function_${name}.sql`), `${definition}\n`, { mode: 0o600 });
  }
}
