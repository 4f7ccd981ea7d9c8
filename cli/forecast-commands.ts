import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { CONFIG_OPTION, parseDay } from './option-values.ts';

/** `millrace forecasts`: fitting the models of what customers will buy. */
export function addForecastCommands(program: Command, { load, foreground, cwd }: CommandContext): void {
  program
    .command('forecasts')
    .description('models of what customers will buy')
    .exitOverride()
    .command('fit')
    .description(
      'fit them now to the published state; answers of /v1/reports/customer-forecast are computed with it from then on',
    )
    .exitOverride()
    .option(
      '--until <day>',
      'the last day that they know of; later ones test them (default: the last with an order)',
      parseDay,
    )
    .option(...CONFIG_OPTION)
    .option('--data <folder>', 'of a running demo')
    .option('--log-level <level>', 'what goes to standard error', 'warn')
    .option('--json', 'one JSON document', false)
    .action(async (options: { until?: number; config?: string; data?: string; logLevel: string; json: boolean }) => {
      const { warehouseOf } = await import('./commands/tables.ts');
      const { fitForecasts } = await import('./commands/forecasts.ts');
      const { warehouse } = warehouseOf({ data: options.data, cwd, load: () => load(options) });
      await foreground('forecasts', options.logLevel, (signal, logger) =>
        fitForecasts({ warehouse, until: options.until ?? null, json: options.json, signal, logger }),
      );
    });
}
