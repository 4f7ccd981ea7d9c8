import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { CONFIG_OPTION, parseCount, parseRate, parseSeed } from './option-values.ts';

/** Row changes a second that the example company makes unless it is told otherwise. */
export const DEMO_RATE = 50;

interface CompanyOptions {
  readonly config?: string;
  readonly logLevel: string;
  readonly user: string;
  readonly passwordFile: string;
  readonly rate: number;
  readonly orders: number;
  readonly seed: number;
}

/** `millrace company migrate|run`: the example company in databases that run elsewhere. */
export function addCompanyCommands(program: Command, { load, foreground, cwd }: CommandContext): void {
  const company = program
    .command('company')
    .description('the example company in databases that run already: sources user, inventory, order, ...')
    .exitOverride();
  const subcommand = (name: string, description: string): Command =>
    company
      .command(name)
      .description(description)
      .exitOverride()
      .option(...CONFIG_OPTION)
      .option('--log-level <level>', 'what goes to standard error', 'info')
      .option('--user <name>', 'superuser of the databases', 'postgres')
      .requiredOption('--password-file <file>', 'with its password');

  subcommand('migrate', "bring the services' databases up to the newest migration; set their role's password").action(
    async (options: CompanyOptions) => {
      const { companyMigrate } = await import('./commands/company.ts');
      await foreground('company', options.logLevel, (_signal, logger) =>
        companyMigrate({ ...options, config: load(options), cwd, logger }),
      );
    },
  );
  subcommand('run', 'write a simulated past where there is none, then make traffic until stopped')
    .option('--rate <changes>', 'row changes a second; 0 for none', parseRate, DEMO_RATE)
    .option('--orders <number>', 'of the simulated past', parseCount, 20_000)
    .option('--seed <number>', 'of past and traffic', parseSeed, 1)
    .action(async (options: CompanyOptions) => {
      const { companyRun } = await import('./commands/company.ts');
      await foreground('company', options.logLevel, (signal, logger) =>
        companyRun({ ...options, config: load(options), cwd, logger, signal }),
      );
    });
}
