import type { Command } from 'commander';
import type { Config } from '../runtime/config/config.ts';
import { ConfigError } from '../runtime/config/errors.ts';
import { MillraceError } from '../runtime/errors.ts';
import type { Supervisor } from '../runtime/supervision/run-supervised.ts';
import type { CommandContext } from './command-context.ts';
import { CLI_ERRORS } from './errors.ts';
import { CONFIG_OPTION, parseAddress, parseDuration, parseVersion } from './option-values.ts';
import type { MetricsAddress } from './roles/role.ts';

interface Common {
  readonly config?: string;
  readonly data?: string;
  readonly models?: string;
  readonly logLevel: string;
  readonly wait: boolean;
  readonly timeout: number;
  readonly json: boolean;
}

interface Context extends CommandContext {
  readonly announce: () => Supervisor;
  readonly metricsOption: readonly [string, string];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** `millrace models run|rollback|history|backfill`: which version of the models is kept, and for which keys anew. */
export function addRolloutCommands(models: Command, context: Context): void {
  const { foreground, announce, metricsOption } = context;
  const where = (name: string, description: string): Command =>
    models
      .command(name)
      .description(description)
      .exitOverride()
      .option(...CONFIG_OPTION)
      .option('--data <folder>', 'of a running demo')
      .option('--log-level <level>', 'what goes to standard error', 'warn')
      .option('--json', 'one JSON document', false);
  const waiting = (name: string, description: string): Command =>
    where(name, description)
      .option('--no-wait', 'write the request down and return')
      .option('--timeout <duration>', 'how long to wait for somebody to take it up', parseDuration, 30_000);

  waiting('run', 'take up the folder of models: what differs is built beside, tested, exchanged')
    .option('--models <folder>', 'of models, instead of the configured one')
    .option('--watch', 'be the process that keeps the models, until it is ended', false)
    .option('--plan', 'only say what would be built, and why', false)
    .option('--no-tests', 'do not run unit tests and data tests of what changes')
    .option('--full-refresh <models...>', 'build these anew as they are, with what stands on them')
    .option(...metricsOption, parseAddress)
    .action(
      async (
        options: Common & {
          watch: boolean;
          plan: boolean;
          tests: boolean;
          metrics?: MetricsAddress;
          fullRefresh?: string[];
        },
      ) => {
        if (options.watch) {
          const config = context.load(options);
          if (config.models === false) throw new MillraceError(CLI_ERRORS.noModels, '`models` is false');
          const { modelsRole } = await import('./roles/models.ts');
          const metrics = options.metrics === undefined ? {} : { metricsAddress: options.metrics };
          return foreground('models', options.logLevel, (signal, logger) =>
            modelsRole({ config, logger, signal, supervisor: announce(), isAlone: true, ...metrics }),
          );
        }
        const found = await find(options, context);
        if (options.plan) {
          const { modelsPlan } = await import('./commands/models-plan.ts');
          return modelsPlan({ warehouse: found.warehouse, models: found.folder, json: options.json });
        }
        if (options.fullRefresh !== undefined) {
          const { modelsRefresh } = await import('./commands/models-refresh.ts');
          const { fullRefresh: names, wait, json } = options;
          return foreground('models', options.logLevel, (signal, logger) =>
            modelsRefresh({ ...found, names, wait, json, signal, logger }),
          );
        }
        const tests = options.tests && found.config?.testModels !== false;
        await ask(options, context, { action: 'run', folder: found.folder, tests });
      },
    );

  waiting('rollback', 'go back to the version of the models before; while one is being built: give it up')
    .option('--to <version>', 'as `millrace models history` numbers them', parseVersion)
    .option('--no-tests', 'do not run its tests')
    .action((options: Common & { to?: number; tests: boolean }) =>
      ask(options, context, { action: 'rollback', arguments: { to: options.to ?? null, tests: options.tests } }),
    );

  waiting('backfill', 'compute models anew over a range of their event_time, or of their key')
    .argument('[models...]', 'by name; none: every one that declares event_time')
    .option('--from <point>', 'a date, a time or a key')
    .option('--to <point>', 'the first one that is left out')
    .action((names: string[], options: Common & { from?: string; to?: string }) =>
      ask(options, context, {
        action: 'backfill',
        arguments: { models: names, from: options.from ?? null, to: options.to ?? null },
      }),
    );

  where('history', 'which versions of the models readers have seen, and which came to nothing').action(
    async (options: Common) => {
      const { warehouse } = await find(options, context);
      const { modelsHistory } = await import('./commands/models-history.ts');
      await modelsHistory({ warehouse, json: options.json });
    },
  );
}

type Asked = Parameters<typeof import('./commands/models-rollout.ts').modelsRollout>[0]['asked'];

async function ask(options: Common, context: Context, asked: Asked): Promise<void> {
  const { warehouse, config } = await find(options, context);
  const { modelsRollout } = await import('./commands/models-rollout.ts');
  const { wait, timeout: timeoutMs, json } = options;
  await context.foreground('models', options.logLevel, (signal, logger) =>
    modelsRollout({ warehouse, config, asked, wait, timeoutMs, json, logger, signal }),
  );
}

/** The folder, its warehouse, and the configuration where there is one. Throws CLI_NOT_RUNNING, CLI_NO_MODELS, CONFIG_*. */
async function find(options: Common, { load, env, cwd }: Context) {
  const { findModels } = await import('./models-folder.ts');
  const { folder, warehouse } = findModels({ ...options, env, cwd });
  if (warehouse === null) throw new MillraceError(CLI_ERRORS.notRunning, 'no warehouse is configured');
  return { folder, warehouse, config: configOf(options, load, folder) };
}

/**
 * Null where a demo is meant: its own processes keep its models. The folder is the configured one, whatever is asked for: that
 * is what the next start compares with.
 */
function configOf(options: Common, load: Context['load'], folder: string): Config | null {
  if (options.data !== undefined) return null;
  try {
    const config = load(options);
    return config.models === false ? { ...config, models: folder } : config;
  } catch (error) {
    if (options.config === undefined && error instanceof ConfigError && error.code === 'CONFIG_NOT_FOUND') return null;
    throw error;
  }
}
