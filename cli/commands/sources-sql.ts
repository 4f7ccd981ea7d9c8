import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { planMigration } from '../../ingest/migration/plan-migration.ts';
import { migrationName, sourceMigration } from '../../ingest/migration/source-migration.ts';
import type { Config, SourceConfig } from '../../runtime/config/config.ts';
import { nearest } from '../../runtime/config/nearest.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { CLI_ERRORS } from '../errors.ts';

export interface SourcesSqlOptions {
  readonly config: Config;
  readonly name: string;
  readonly up: boolean;
  readonly down: boolean;
  /** Folder to write both files into. */
  readonly write?: string | undefined;
  /** A role's url to ask for the tables with, where the source's own does not exist yet. */
  readonly database?: string | undefined;
  readonly cwd: string;
  readonly now: Date;
}

/**
 * Prints the migration that lets a source be captured (or its way back), or writes both files. Throws
 * CLI_SOURCE_UNKNOWN, CLI_FILE_EXISTS.
 */
export async function sourcesSql(options: SourcesSqlOptions): Promise<void> {
  const source = findSource(options.config, options.name);
  const { scope, asked } = await planMigration(source, options.database ?? source.url);
  const { up, down } = sourceMigration(scope);
  const name = migrationName(source.name, options.now);
  if (!asked) {
    process.stderr.write(
      `millrace: the database of ${source.name} could not be asked for its tables; --database URL names a role that may connect\n`,
    );
  }
  if (options.write !== undefined) {
    const folder = resolve(options.cwd, options.write);
    mkdirSync(folder, { recursive: true });
    for (const [direction, sql] of [
      ['up', up],
      ['down', down],
    ] as const) {
      const file = join(folder, `${name}.${direction}.sql`);
      if (existsSync(file)) throw new MillraceError(CLI_ERRORS.fileExists, file);
      writeFileSync(file, sql);
      process.stdout.write(`${file}\n`);
    }
    return;
  }
  if (options.up !== options.down) process.stdout.write(options.up ? up : down);
  else process.stdout.write(`-- ${name}.up.sql\n\n${up}\n-- ${name}.down.sql\n\n${down}`);
}

/** Throws CLI_SOURCE_UNKNOWN with the names there are. */
export function findSource(config: Config, name: string): SourceConfig {
  const source = config.sources.find((each) => each.name === name);
  if (source !== undefined) return source;
  const names = config.sources.map((each) => each.name);
  const meant = nearest(name, names);
  const hint = meant === null ? `there are ${names.join(', ')}` : `did you mean ${meant}?`;
  throw new MillraceError(CLI_ERRORS.sourceUnknown, `no source is called ${name}; ${hint}`);
}
