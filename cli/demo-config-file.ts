import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Config } from '../runtime/config/config.ts';

/**
 * Writes the configuration of a running demo into its folder, so that every command can be told of it by --config. It
 * holds passwords: only its owner may read it. Answers its path.
 */
export function writeDemoConfig(folder: string, { warehouse, log, sources, models, api }: Config): string {
  const { url, port, nativePort, stateFolder } = warehouse;
  const path = join(folder, 'millrace.yaml');
  const text = stringify({
    warehouse: { url, port, native_port: nativePort, state: stateFolder },
    log,
    sources: sources.map(({ name, url: database, schemas, tables }) => ({ name, url: database, schemas, tables })),
    models,
    api,
  });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `# Of the demo as it ran last; written at each start.\n${text}`, { mode: 0o600 });
  renameSync(draft, path);
  return path;
}
