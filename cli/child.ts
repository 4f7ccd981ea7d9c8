import type { Config } from '../runtime/config/config.ts';
import { createLogger } from '../runtime/logger.ts';
import { runSupervised } from '../runtime/supervision/run-supervised.ts';

/** What a child is told when it starts. */
export interface ChildStart {
  readonly role: 'ingest' | 'models' | 'api';
  readonly config: Config;
  readonly logLevel: string;
}

// Entry of the supervised children. Roles are imported when needed: a child loads nothing that it does not run.
await runSupervised<ChildStart>({
  createLogger: ({ role, logLevel }) => createLogger({ name: role, level: logLevel }),
  run: async ({ role, config, logLevel }, supervisor, signal) => {
    const options = { config, logger: createLogger({ name: role, level: logLevel }), signal, supervisor };
    if (role === 'ingest') await (await import('./roles/ingest.ts')).ingestRole(options);
    else if (role === 'models') await (await import('./roles/models.ts')).modelsRole(options);
    else await (await import('./roles/api.ts')).apiRole(options);
  },
});
