import { Command, CommanderError, Option } from 'commander';
import { ConfigError } from '../runtime/config/errors.ts';
import { loadConfig } from '../runtime/config/load-config.ts';
import { MillraceError } from '../runtime/errors.ts';
import { createLogger } from '../runtime/logger.ts';
import { runUntilSignal } from '../runtime/run-until-signal.ts';
import { TEST_ERRORS } from '../warehouse/models/data-tests/errors.ts';
import { LINEAGE_ERRORS } from '../warehouse/models/lineage/errors.ts';
import { SCHEDULE_ERRORS } from '../warehouse/schedules/errors.ts';
import { VERIFY_ERRORS } from '../warehouse/verify/errors.ts';
import { addCompanyCommands, DEMO_RATE } from './company-commands.ts';
import { addDocsCommands } from './docs-commands.ts';
import { CLI_ERRORS } from './errors.ts';
import { addForecastCommands } from './forecast-commands.ts';
import { addKeyCommands } from './key-commands.ts';
import { addModelTestCommands } from './models-commands.ts';
import {
  CONFIG_OPTION,
  parseAddress,
  parseDuration,
  parsePort,
  parseRate,
  parseSeed,
  parseShare,
} from './option-values.ts';
import type { MetricsAddress } from './roles/role.ts';
import { addRolloutCommands } from './rollout-commands.ts';
import { addScheduleCommands } from './schedule-commands.ts';
import { addSourceCommands } from './source-commands.ts';

// Everything that the environment says is read here, once.
const env = process.env;
const cwd = process.cwd();

interface Common {
  readonly config?: string;
  readonly logLevel: string;
}

interface Part extends Common {
  readonly metrics?: MetricsAddress;
}

const program = new Command('millrace')
  .description(
    "Many services' Postgres databases into one ClickHouse warehouse whose cubes stay exactly equal to them.",
  )
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError('(see millrace help)');

function command(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .exitOverride()
    .addOption(
      new Option('--log-level <level>', 'what goes to standard error')
        .choices(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
        .env('MILLRACE_LOG_LEVEL'),
    );
}

function configured(name: string, description: string): Command {
  return command(name, description).option(...CONFIG_OPTION);
}

const METRICS_OPTION = [
  '--metrics <address>',
  'serve /metrics and /health/live at [host:]port (default: a free port of 127.0.0.1)',
] as const;

/** One part of the system by itself. */
function part(name: string, description: string): Command {
  return configured(name, description).option(...METRICS_OPTION, parseAddress);
}

function metricsAt({ metrics }: Partial<Part>): { metricsAddress?: MetricsAddress } {
  return metrics === undefined ? {} : { metricsAddress: metrics };
}

function load(options: Common) {
  return loadConfig({ path: options.config, env, cwd });
}

/** A replayed purchase log stays what it is unless traffic is asked for. */
function demoRate(options: { rate?: number; purchases?: string }): number {
  return options.rate ?? (options.purchases === undefined ? DEMO_RATE : 0);
}

command('demo', 'run the example company, the warehouse and the API')
  .option('--rate <changes>', `row changes a second; 0 for none (default: ${DEMO_RATE}, with --purchases 0)`, parseRate)
  .option('--seed <number>', 'of the history and the traffic', parseSeed, 1)
  .option('--data <folder>', 'where everything is kept (default: .millrace/demo, with --kafka .millrace/demo-kafka)')
  .option('--kafka', 'keep the change log in a real Kafka broker (Java 17 and Maven, or KAFKA_BROKERS)', false)
  .option('--purchases <file>', 'replay this purchase log (CDNOW format) instead of a generated history')
  .option('--for <duration>', 'stop by itself after 30s, 2m, ...', parseDuration)
  .option('--port <port>', 'of the API; 0 picks free ports for everything', parsePort)
  .option('--json', 'print one JSON line when everything answers, and nothing else', false)
  .action(async (options) => {
    const { demo } = await import('./commands/demo.ts');
    const logLevel = (options.logLevel as string | undefined) ?? (options.json ? 'info' : 'warn');
    await foreground('demo', logLevel, (signal) =>
      demo({
        ...options,
        data: options.data ?? null,
        rate: demoRate(options),
        forMs: options.for as number | undefined,
        logLevel,
        cwd,
        signal,
      }),
    );
  });

configured('up', 'run ingest, warehouse, models and API against your databases')
  .option('--json', 'print one JSON line when everything answers (it always does)', false)
  .action(async (options: Partial<Common>) => {
    const logLevel = options.logLevel ?? 'info';
    const config = load({ ...options, logLevel });
    const { up } = await import('./commands/up.ts');
    await foreground('up', logLevel, (signal, logger) => up({ config, logger, logLevel, signal }));
  });

configured('warehouse', 'run the embedded warehouse alone').action(async (options: Partial<Common>) => {
  const logLevel = options.logLevel ?? 'info';
  const config = load({ ...options, logLevel });
  const { warehouse } = await import('./commands/warehouse.ts');
  await foreground('warehouse', logLevel, (signal, logger) => warehouse({ config, logger, signal }));
});

part('ingest', 'run capture and loading alone, into a warehouse that runs').action(async (options: Partial<Part>) => {
  const config = load({ ...options, logLevel: 'info' });
  const { ingestRole } = await import('./roles/ingest.ts');
  await foreground('ingest', options.logLevel ?? 'info', (signal, logger) =>
    ingestRole({ config, logger, signal, supervisor: announceMetrics(), ...metricsAt(options) }),
  );
});

part('load', 'run one more loader of the change log in Kafka, beside that of ingest').action(
  async (options: Partial<Part>) => {
    const config = load({ ...options, logLevel: 'info' });
    const { log } = config;
    if (log === 'direct') throw new MillraceError(CLI_ERRORS.noBroker, '`log` is direct');
    const { loadRole } = await import('./roles/load.ts');
    await foreground('load', options.logLevel ?? 'info', (signal, logger) =>
      loadRole({ config, kafka: log.kafka, logger, signal, supervisor: announceMetrics(), ...metricsAt(options) }),
    );
  },
);

configured('api', 'run the reporting API alone, on a warehouse that runs').action(async (options: Partial<Common>) => {
  const config = load({ ...options, logLevel: 'info' });
  const { apiRole } = await import('./roles/api.ts');
  await foreground('api', options.logLevel ?? 'info', (signal, logger) =>
    apiRole({ config, logger, signal, supervisor: announce(({ url }) => ({ api: url })) }),
  );
});

const models = program.command('models').description('the star schema and its cubes').exitOverride();
addRolloutCommands(models, { load, foreground, announce: announceMetrics, metricsOption: METRICS_OPTION, env, cwd });
addDocsCommands(models, { env, cwd });
addModelTestCommands(models, { env, cwd });

addScheduleCommands(program, { load, foreground, cwd });
addForecastCommands(program, { load, foreground, cwd });
addKeyCommands(program, { load, cwd });
addCompanyCommands(program, { load, foreground, cwd });

configured('status', 'what the running system has reached')
  .option('--data <folder>', 'of a running demo')
  .option('--json', 'one JSON document', false)
  .action(async (options: Partial<Common> & { data?: string; json: boolean }) => {
    const { status } = await import('./commands/status.ts');
    await status({ ...options, env, cwd });
  });

configured('check', 'look at sources and warehouse before the first byte; change nothing')
  .option('--json', 'one JSON document', false)
  .action(async (options: Partial<Common> & { json: boolean }) => {
    const config = load({ ...options, logLevel: 'silent' });
    const { check } = await import('./commands/check.ts');
    const logger = createLogger({ name: 'check', level: options.logLevel ?? 'silent' });
    if (!(await check({ config, logger, json: options.json }))) process.exitCode = 1;
  });

part('verify', 'compare replicas with their sources, and models with what their SQL gives; name what differs')
  .option('--source <name>', 'tables of this source alone')
  .option('--table <table>', 'this table alone: <source>.<table> or <source>.<schema>.<table>')
  .option('--model <name>', 'this model alone')
  .option('--repair', 'put right what differs: rows are read again from the source, models built anew', false)
  .option('--show-values', 'name values too, not keys and columns alone', false)
  .option('--continuous', 'round after round, until it is ended', false)
  .option('--budget <share>', 'share of a core (default: 1, with --continuous 0.1)', parseShare)
  .option('--json', 'one JSON document; with --continuous a line for each result', false)
  .action(async (options) => {
    const config = load({ ...options, logLevel: 'silent' });
    const { verify } = await import('./commands/verify.ts');
    const { source = null, table = null, model = null, repair, showValues, continuous, json } = options;
    const logLevel = options.logLevel ?? (continuous ? 'info' : 'silent');
    await foreground('verify', logLevel, async (signal, logger) => {
      const budget = options.budget ?? (continuous ? 0.1 : 1);
      const selection = { source, table, model };
      const how = { repair, showValues, continuous, budget, json, ...metricsAt(options) };
      if (!(await verify({ config, logger, signal, selection, ...how }))) process.exitCode = 1;
    });
  });

addSourceCommands(program, { load, foreground, cwd });

command('explain', 'what a code means and what to do about it; without one, all codes')
  .argument('[code]')
  .option('--json', 'one JSON document', false)
  .addOption(new Option('--page', 'the whole catalogue as the page of the docs').default(false).hideHelp())
  .action(async (code: string | undefined, options: { json: boolean; page: boolean }) => {
    const { explain } = await import('./commands/explain.ts');
    process.stdout.write(explain({ code, ...options }));
  });

/** For a part that runs alone: its ready message becomes the ready line. */
function announce(describe: (details: Record<string, unknown>) => Record<string, unknown>) {
  return {
    ready: (details: Record<string, unknown> = {}) => {
      process.stdout.write(`${JSON.stringify({ event: 'ready', ...describe(details) })}\n`);
    },
    send: () => {},
    onMessage: () => {},
  };
}

function announceMetrics() {
  return announce(({ metrics }) => ({ metrics }));
}

async function foreground(
  name: string,
  logLevel: string,
  run: (signal: AbortSignal, logger: ReturnType<typeof createLogger>) => Promise<void>,
): Promise<void> {
  const logger = createLogger({ name, level: logLevel });
  await runUntilSignal({ logger, run: (signal) => run(signal, logger) });
}

const USAGE_CODES = new Set<string>(
  [
    CLI_ERRORS.usage,
    CLI_ERRORS.sourceUnknown,
    CLI_ERRORS.keyUnknown,
    CLI_ERRORS.codeUnknown,
    TEST_ERRORS.nothingSelected,
    VERIFY_ERRORS.tableUnknown,
    SCHEDULE_ERRORS.taskUnknown,
    ...Object.values(LINEAGE_ERRORS),
  ].map(({ code }) => code),
);

/** 0 success, 2 bad usage or configuration, anything else failure. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has said what is wrong
  if (error instanceof ConfigError) {
    process.stderr.write(`millrace: ${error.message}\n${error.remedy}\n`);
    return 2;
  }
  if (error instanceof MillraceError) {
    process.stderr.write(`millrace: ${error.message}\n${error.remedy}\n`);
    return USAGE_CODES.has(error.code) ? 2 : 1;
  }
  process.stderr.write(`millrace: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}

try {
  await program.parseAsync(process.argv);
  process.exit(process.exitCode ?? 0);
} catch (error) {
  process.exit(exitCodeOf(error));
}
