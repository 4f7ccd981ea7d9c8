import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { DataType, load, open } from 'ffi-rs';

// The process that is the ClickHouse server: `node server-process.ts <libchdb> <clickhouse arguments...>`.
// It is ended by a signal, or by the end of its standard input (parent-watch.ts).

const [library, ...serverArguments] = process.argv.slice(2);
if (library === undefined) throw new Error('usage: server-process.ts <path of libchdb> <clickhouse arguments...>');

const watch = new Worker(new URL('./parent-watch.ts', import.meta.url));
await once(watch, 'message');

// The first word is a name, not an option. The query opens the listeners and keeps the session alive.
const forever = [
  'SYSTEM START LISTEN HTTP',
  'SYSTEM START LISTEN TCP',
  'SELECT sleepEachRow(3) FROM system.numbers ' +
    'SETTINGS function_sleep_max_microseconds_per_block = 0, max_block_size = 1, max_threads = 1, max_execution_time = 0 FORMAT Null',
];
const words = ['clickhouse', ...serverArguments, `--query=${forever.join('; ')}`];

open({ library: 'chdb', path: library });
const result = load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [words.length, words],
});
const reason = load({
  library: 'chdb',
  funcName: 'chdb_result_error',
  retType: DataType.String,
  paramsType: [DataType.External],
  paramsValue: [result],
});
process.stderr.write(`server ended: ${reason}\n`);
process.kill(process.pid, 'SIGKILL');
