import { type Command, Option } from 'commander';
import { MillraceError } from '../runtime/errors.ts';
import { createLogger } from '../runtime/logger.ts';
import { CLI_ERRORS } from './errors.ts';
import { CONFIG_OPTION, parseThreads } from './option-values.ts';

interface TestOptions {
  readonly config?: string;
  readonly data?: string;
  readonly models?: string;
  readonly logLevel: string;
  readonly select: readonly string[];
  readonly exclude: readonly string[];
  readonly threads: number;
  readonly json: boolean;
}

/** `millrace models test|freshness`: what the models folder declares about its own correctness. */
export function addModelTestCommands(
  models: Command,
  context: { env: Readonly<Record<string, string | undefined>>; cwd: string },
): void {
  for (const [name, description] of [
    ['test', 'run data tests, unit tests, contracts and freshness of the models folder, at one published watermark'],
    ['freshness', 'look how old the sources are'],
  ] as const) {
    models
      .command(name)
      .description(description)
      .exitOverride()
      .option(...CONFIG_OPTION)
      .option('--data <folder>', 'of a running demo')
      .option('--models <folder>', 'of models, instead of the configured one')
      .option(
        '--select <names...>',
        'tests, models (+ before or behind: what is below or above), source:, tag:, test_type:',
        [],
      )
      .option('--exclude <names...>', 'the same, to be left out', [])
      .addOption(new Option('--threads <number>', 'tests at once').argParser(parseThreads).default(4))
      .option('--log-level <level>', 'what goes to standard error', 'warn')
      .option('--json', 'one JSON document', false)
      .action(async (options: TestOptions) => {
        const { modelsTest } = await import('./commands/models-test.ts');
        const { findModels } = await import('./models-folder.ts');
        const { folder, warehouse } = findModels({ ...options, ...context });
        if (warehouse === null) throw new MillraceError(CLI_ERRORS.notRunning, 'no warehouse is configured');
        const passed = await modelsTest({
          ...options,
          warehouse,
          models: folder,
          logger: createLogger({ name: 'models test', level: options.logLevel }),
          freshnessOnly: name === 'freshness',
        });
        if (!passed) process.exitCode = 1;
      });
  }
}
