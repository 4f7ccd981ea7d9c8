import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { parseExpiry, parseFilter, parseRequestsPerMinute, parseScopes, parseSpan } from './key-options.ts';
import { CONFIG_OPTION } from './option-values.ts';

interface Common {
  readonly config?: string;
  readonly data?: string;
  readonly json: boolean;
}

/** `millrace keys`: who may ask the API, where `api.access` has `keys: true`. */
export function addKeyCommands(program: Command, { load, cwd }: Pick<CommandContext, 'load' | 'cwd'>): void {
  const keys = program.command('keys').description('keys of the API: who may ask what').exitOverride();
  const command = (name: string, description: string) =>
    keys
      .command(name)
      .description(description)
      .exitOverride()
      .option(...CONFIG_OPTION)
      .option('--data <folder>', 'of a running demo')
      .option('--json', 'one JSON document', false);
  const open = async (options: Common) => {
    const { warehouseOf } = await import('./commands/tables.ts');
    const given = { ...(options.config !== undefined && { config: options.config }), logLevel: 'silent' };
    const { warehouse } = warehouseOf({ data: options.data, cwd, load: () => load(given) });
    return { warehouse, json: options.json, commands: await import('./commands/keys.ts') };
  };

  command('create', 'make a key, and show it once')
    .requiredOption('--name <name>', 'what people call it: who uses it, for what')
    .requiredOption(
      '--scope <scopes>',
      'what it may ask: reports, cubes, views, each also /name or pattern; operations; *',
      parseScopes,
    )
    .option('--filter <column=values>', 'see rows with these values alone; several columns must all hold', parseFilter)
    .option('--requests-per-minute <count>', 'more are refused (default: no limit)', parseRequestsPerMinute)
    .option('--expires <span>', 'from now on: 90d, 12h; or never', parseExpiry, 365 * 86_400_000)
    .action(async (options) => {
      const { commands, ...common } = await open(options);
      const { name, scope: scopes, filter: filters = {}, requestsPerMinute = null, expires: expiresInMs } = options;
      await commands.createKey({ ...common, name, scopes, filters, requestsPerMinute, expiresInMs });
    });
  command('list', 'keys, with what they may ask; no secrets').action(async (options) => {
    const { commands, ...common } = await open(options);
    await commands.listKeys(common);
  });
  command('rotate', 'give a key another secret, and show it once')
    .argument('<id>', 'of the key')
    .option('--overlap <span>', 'so long the former secret holds too; 0s: not at all', parseSpan, 86_400_000)
    .action(async (id: string, options) => {
      const { commands, ...common } = await open(options);
      await commands.rotateKey({ ...common, id, overlapMs: options.overlap });
    });
  command('revoke', 'end a key, for good')
    .argument('<id>', 'of the key')
    .action(async (id: string, options) => {
      const { commands, ...common } = await open(options);
      await commands.revokeKey({ ...common, id });
    });
}
