import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import type { SourcesResyncOptions } from './commands/sources-resync.ts';
import { CONFIG_OPTION, parseDuration, parseRewindPoint } from './option-values.ts';

/** `millrace sources`, `millrace tables` and `millrace log`: what is captured, what of it is kept, and loading it again. */
export function addSourceCommands(program: Command, context: CommandContext): void {
  addSources(program, context);
  addTables(program, context);
  addLog(program, context);
}

function addSources(program: Command, context: CommandContext): void {
  const { load, cwd } = context;
  const sources = program.command('sources').description('the databases that are captured').exitOverride();
  sources
    .command('sql')
    .description('print the migration that lets a source be captured: role, grants, publication')
    .argument('<name>', 'of the source')
    .exitOverride()
    .option(...CONFIG_OPTION)
    .option('--up', 'only the way there', false)
    .option('--down', 'only the way back', false)
    .option('--write <folder>', 'write both files, with a timestamped name, into a folder of migrations')
    .option('--database <url>', 'ask for the tables here, as a role that exists already')
    .action(async (name: string, options) => {
      const config = load({ ...options, logLevel: 'silent' });
      const { sourcesSql } = await import('./commands/sources-sql.ts');
      await sourcesSql({ ...options, config, name, cwd, now: new Date() });
    });
  const resync = sources
    .command('resync')
    .description('copy a source anew through a new slot; after its slot was lost, or it moved or was restored')
    .argument('<name>', 'of the source');
  requested(resync, context, async (request) => {
    const { sourcesResync } = await import('./commands/sources-resync.ts');
    await sourcesResync(request);
  });
}

function addTables(program: Command, context: CommandContext): void {
  const tables = program
    .command('tables')
    .description('tables of the sources: leave out, take in, build anew')
    .exitOverride();
  for (const [action, description] of [
    ['pause', "pass over a table's changes from now on"],
    ['resume', 'take a paused table in again; it is built anew'],
    ['resync', 'build a table anew from its source while it stays readable; after a remedy, or for a quarantined one'],
  ] as const) {
    const command = tables
      .command(action)
      .description(description)
      .argument('<table>', '<source>.<table> or <source>.<schema>.<table>');
    requested(command, context, async (request) => {
      const { tables: ask } = await import('./commands/tables.ts');
      await ask({ ...request, action });
    });
  }
}

/** A command that writes down what the running ingest is to do, and waits for its answer. */
function requested(
  command: Command,
  { load, cwd }: CommandContext,
  ask: (request: SourcesResyncOptions) => Promise<void>,
): void {
  command
    .exitOverride()
    .option(...CONFIG_OPTION)
    .option('--data <folder>', 'of a running demo')
    .option('--no-wait', 'write the request down and return')
    .option('--timeout <duration>', 'how long to wait for the answer', parseDuration, 30_000)
    .option('--json', 'one JSON document', false)
    .action(async (name: string, options) => {
      const { warehouseOf } = await import('./commands/tables.ts');
      const known = warehouseOf({ data: options.data, cwd, load: () => load({ ...options, logLevel: 'silent' }) });
      const { wait, timeout: timeoutMs, json } = options;
      await ask({ ...known, name, wait, timeoutMs, json });
    });
}

function addLog(program: Command, { load }: CommandContext): void {
  const logs = program.command('log').description('the change log in Kafka').exitOverride();
  for (const [action, description] of [
    ['rewind', 'load a source, or one table, again from Kafka; models are built anew, the source is not asked'],
    ['replay', 'load again from the first message on that was put aside: after the remedy'],
  ] as const) {
    const subcommand = logs
      .command(action)
      .description(description)
      .argument('<name>', '<source>, <source>.<table> or <source>.<schema>.<table>')
      .exitOverride()
      .option(...CONFIG_OPTION)
      .option('--json', 'one JSON document', false);
    if (action === 'rewind') {
      subcommand.requiredOption(
        '--to <point>',
        'beginning, a time (ISO 8601), or an LSN of the source',
        parseRewindPoint,
      );
    }
    subcommand.action(async (name: string, options) => {
      const { log } = await import('./commands/log.ts');
      const to = action === 'rewind' ? options.to : 'put-aside';
      await log({ config: load({ ...options, logLevel: 'silent' }), name, to, json: options.json });
    });
  }
}
