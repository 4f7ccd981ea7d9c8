import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { WarehouseConfig } from '../runtime/config/config.ts';
import { ConfigError } from '../runtime/config/errors.ts';
import { loadConfig } from '../runtime/config/load-config.ts';
import { MillraceError } from '../runtime/errors.ts';
import { LINEAGE_ERRORS } from '../warehouse/models/lineage/errors.ts';
import { warehouseOf } from './commands/tables.ts';
import { demoFolder } from './demo-folder.ts';
import { CLI_ERRORS } from './errors.ts';
import { readRunFile } from './run-file.ts';

export interface WhereModelsAre {
  /** A folder that was named: needs no configuration. */
  readonly models?: string | undefined;
  readonly config?: string | undefined;
  /** Folder of a demo. */
  readonly data?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

export interface ModelsAndWarehouse {
  readonly folder: string;
  /** Null where none is configured and no demo runs. */
  readonly warehouse: WarehouseConfig | null;
}

const DEMO_MODELS = resolve(import.meta.dirname, '../dbt-like-models');

/**
 * The models folder, and the warehouse that its tables are in: as named, else as configured, else those of the demo.
 * Throws CONFIG_*, CLI_NO_MODELS, MR-DOCS-002.
 */
export function findModels(where: WhereModelsAre): ModelsAndWarehouse {
  const { models, data, cwd } = where;
  const config = readConfig(where);
  if (models === undefined && config?.models === false) {
    throw new MillraceError(CLI_ERRORS.noModels, '`models` is false');
  }
  const folder = models === undefined ? config?.models || DEMO_MODELS : resolve(cwd, models);
  if (!existsSync(join(folder, 'dbt_project.yml'))) {
    throw new MillraceError(LINEAGE_ERRORS.noProject, `${folder} has no dbt_project.yml`);
  }
  if (data !== undefined) return { folder, warehouse: demoWarehouse(data, cwd) };
  return { folder, warehouse: config?.warehouse ?? runningDemo(cwd) };
}

/** Null where there is none, and none was asked for. */
function readConfig({ config, data, env, cwd }: WhereModelsAre): ReturnType<typeof loadConfig> | null {
  const isNamed = config !== undefined || (env.MILLRACE_CONFIG ?? '') !== '';
  if (data !== undefined && !isNamed) return null;
  try {
    return loadConfig({ path: config, env, cwd });
  } catch (error) {
    if (isNamed || !(error instanceof ConfigError) || error.code !== 'CONFIG_NOT_FOUND') throw error;
    return null;
  }
}

function runningDemo(cwd: string): WarehouseConfig | null {
  const running = [false, true].map(demoFolder).find((data) => readRunFile(resolve(cwd, data, 'state')) !== null);
  return running === undefined ? null : demoWarehouse(running, cwd);
}

function demoWarehouse(data: string, cwd: string): WarehouseConfig {
  return warehouseOf({
    data,
    cwd,
    load: () => {
      throw new Error('a folder needs no configuration');
    },
  }).warehouse;
}
