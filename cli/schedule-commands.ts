import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { CONFIG_OPTION } from './option-values.ts';

/** `millrace schedules`: what is done from time to time, and doing it now. */
export function addScheduleCommands(program: Command, { load, foreground, cwd }: CommandContext): void {
  const schedules = program
    .command('schedules')
    .description('what is done from time to time: last run, next one, failures')
    .exitOverride()
    .option(...CONFIG_OPTION)
    .option('--data <folder>', 'of a running demo')
    .option('--json', 'one JSON document', false)
    .action(async (options: { config?: string; data?: string; json: boolean }) => {
      const { warehouseOf } = await import('./commands/tables.ts');
      const { listSchedules } = await import('./commands/schedules.ts');
      const { warehouse } = warehouseOf({
        data: options.data,
        cwd,
        load: () => load({ ...options, logLevel: 'silent' }),
      });
      await listSchedules({ warehouse, json: options.json });
    });
  schedules
    .command('run')
    .description('do a task now, beside its schedule')
    .argument('<task>', 'freshness, folding, retention, tests, forecasts or verification')
    .exitOverride()
    .option(...CONFIG_OPTION)
    .option('--log-level <level>', 'what goes to standard error', 'warn')
    .option('--json', 'one JSON document', false)
    .action(async (name: string, _: unknown, command: Command) => {
      // The parent knows --config and --json too, and takes them wherever they stand.
      const options = command.optsWithGlobals<{ config?: string; logLevel: string; json: boolean }>();
      const config = load(options);
      const { runScheduled } = await import('./commands/schedules.ts');
      await foreground('schedules', options.logLevel, async (signal, logger) => {
        if (!(await runScheduled({ config, name, json: options.json, signal, logger }))) process.exitCode = 1;
      });
    });
}
