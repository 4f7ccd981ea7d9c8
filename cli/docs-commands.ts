import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { GRAPH_FORMATS } from './commands/models-graph.ts';
import { CONFIG_OPTION } from './option-values.ts';

interface Where {
  readonly models?: string;
  readonly config?: string;
  readonly data?: string;
}

const DEFAULT_OUT = '.millrace/docs';

/** `millrace models graph|docs`: what the models are, without running anything. */
export function addDocsCommands(
  models: Command,
  context: { env: Readonly<Record<string, string | undefined>>; cwd: string },
): void {
  const { env, cwd } = context;
  const subcommand = (name: string, description: string): Command =>
    models
      .command(name)
      .description(description)
      .exitOverride()
      .option('--models <folder>', 'of the models (default: as configured, else those of the demo)')
      .option(...CONFIG_OPTION);

  subcommand('graph', 'what reads what, and how a change reaches each model')
    .argument('[model]', 'a model or <source>.<table>: what stands before and behind it')
    .option('--select <names...>', 'models, source tables, layers; +name with what it reads, name+ with what reads it')
    .addOption(new Option('--format <format>', 'of the output').choices(GRAPH_FORMATS).default('text'))
    .action(async (model: string | undefined, options: Where & { select?: string[]; format: 'text' }) => {
      const { findModels } = await import('./models-folder.ts');
      const { modelsGraph } = await import('./commands/models-graph.ts');
      const { folder } = findModels({ ...options, env, cwd });
      const { columns = 120, isTTY = false } = process.stdout;
      process.stdout.write(await modelsGraph({ ...options, folder, model, width: columns, isTerminal: isTTY }));
    });

  subcommand('docs', 'write a static site about the models: columns, tests, SQL, lineage')
    .option('--data <folder>', 'of a running demo')
    .option('--out <folder>', 'where the site goes', DEFAULT_OUT)
    .addOption(
      new Option('--open <when>', 'show it in the browser (default: yes on a terminal of a desktop)').choices([
        'yes',
        'no',
      ]),
    )
    .option('--json', 'one JSON document', false)
    .action(async (options: Where & { out: string; open?: 'yes' | 'no'; json: boolean }) => {
      const { findModels } = await import('./models-folder.ts');
      const { modelsDocs } = await import('./commands/models-docs.ts');
      const { folder, warehouse } = findModels({ ...options, env, cwd });
      const open = options.open === undefined ? hasDesktop(env) && !options.json : options.open === 'yes';
      await modelsDocs({
        folder,
        warehouse,
        needsTypes: options.data !== undefined,
        out: resolve(cwd, options.out),
        open,
        json: options.json,
      });
    });
}

function hasDesktop(env: Readonly<Record<string, string | undefined>>): boolean {
  if (!process.stdout.isTTY || env.CI !== undefined) return false;
  return process.platform !== 'linux' || env.DISPLAY !== undefined || env.WAYLAND_DISPLAY !== undefined;
}
