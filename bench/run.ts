import { cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { benchBacklog } from './backlog.ts';
import { benchExport } from './export.ts';
import { type Result, resultText } from './figures.ts';
import { benchForecastFit } from './forecast-fit.ts';
import { benchIdle } from './idle.ts';
import { benchKafkaLoad } from './kafka-load.ts';
import { benchKafkaPublish } from './kafka-publish.ts';
import { benchLatency } from './latency.ts';
import { benchManyTables } from './many-tables.ts';
import { benchSnapshotMemory, benchTransactionMemory } from './memory.ts';
import { benchModelBatches } from './model-batches.ts';
import { benchReports } from './reports.ts';
import { benchSnapshot } from './snapshot.ts';
import { benchStreaming } from './streaming.ts';

const USAGE = `node bench/run.ts [streaming|streaming1|latency|memory|snapshot|snapshot-memory|many-tables|kafka-publish|kafka-load|kafka-latency|kafka-idle|models|backlog|forecast-fit|export|reports ...] [options]
  --rows N      rows of the table, default 1000000; models: facts; backlog: changes; forecast-fit: customers
  --tables N    many-tables: how many, default 1000
  --rounds N    rounds of a pair, default 3
  --probes N    probes of latency, default 200
  --rate N      row changes a second beside the probes, default 500, over Kafka 2000
  --requests N  reports: requests a second, default 100
  --seconds N   reports: how long, default 30
  --journal     streaming: keep the changes for models as well
  --cpu-prof D  write a CPU profile of each ingest process into the folder D
  --json        one JSON document on standard output`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '1000000' },
    tables: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    probes: { type: 'string', default: '200' },
    rate: { type: 'string' },
    requests: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '30' },
    journal: { type: 'boolean', default: false },
    'cpu-prof': { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const rows = Number(values.rows);
const rounds = Number(values.rounds);
const { journal } = values;
const probes = Number(values.probes);
const rate = values.rate === undefined ? null : Number(values.rate);
const onProgress = (text: string): void => console.error(`  ${text}`);
const nodeOptions = values['cpu-prof'] === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values['cpu-prof']}`];

const BENCHMARKS: Readonly<Record<string, () => Promise<Result>>> = {
  streaming: () => benchStreaming({ rows, rounds, rowsPerTransaction: 5, journal, nodeOptions, onProgress }),
  streaming1: () => benchStreaming({ rows, rounds, rowsPerTransaction: 1, journal, nodeOptions, onProgress }),
  snapshot: () => benchSnapshot({ rows, rounds, nodeOptions, onProgress }),
  'many-tables': () => benchManyTables({ tables: Number(values.tables), nodeOptions, onProgress }),
  'snapshot-memory': () => benchSnapshotMemory({ rows, nodeOptions, onProgress }),
  memory: () => benchTransactionMemory({ rows, nodeOptions, onProgress }),
  'kafka-publish': () => benchKafkaPublish({ rows, rounds, nodeOptions, onProgress }),
  'kafka-load': () => benchKafkaLoad({ rows, rounds, nodeOptions, onProgress }),
  latency: () => benchLatency({ probes, rate: rate ?? 500, kafka: false, onProgress }),
  models: () => benchModelBatches({ facts: rows, rounds, onProgress }),
  backlog: () => benchBacklog({ changes: rows, onProgress }),
  'forecast-fit': () => benchForecastFit({ customers: rows, rounds, onProgress }),
  export: () => benchExport({ rows, onProgress }),
  reports: () =>
    benchReports({
      rate: rate ?? 500,
      requests: Number(values.requests),
      seconds: Number(values.seconds),
      onProgress,
    }),
  'kafka-idle': () => benchIdle({ onProgress }),
  'kafka-latency': () => benchLatency({ probes, rate: rate ?? 2000, kafka: true, onProgress }),
};

async function run(names: readonly string[]): Promise<void> {
  const machine = `${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  console.error(`${new Date().toISOString().slice(0, 10)}, ${machine}, Node ${process.version}`);
  const results: Result[] = [];
  for (const name of names) {
    console.error(`${name} (load average ${loadavg()[0]?.toFixed(1)})`);
    const result = await (BENCHMARKS[name] as () => Promise<Result>)();
    results.push(result);
    if (!values.json) console.log(resultText(result));
  }
  if (values.json) console.log(JSON.stringify({ machine, results }));
  if (results.some(({ target }) => !target.reached)) process.exitCode = 1;
}

const names = positionals.length === 0 ? Object.keys(BENCHMARKS) : positionals;
const unknown = names.filter((name) => !(name in BENCHMARKS));
const { tables, requests, seconds } = values;
const numbers = [rows, rounds, probes, rate ?? 1, ...[tables, requests, seconds].map(Number)];
if (values.help) {
  console.log(USAGE);
} else if (unknown.length > 0 || numbers.some((number) => !(number > 0))) {
  console.error(
    `${unknown.length > 0 ? `no benchmark ${unknown.join(', ')}` : 'options are numbers above 0'}\n${USAGE}`,
  );
  process.exitCode = 2;
} else {
  await run(names);
}
