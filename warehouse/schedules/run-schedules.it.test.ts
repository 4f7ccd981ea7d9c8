import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../runtime/logger.ts';
import { claimLease, type Lease } from '../leases/lease.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../testing/temporary-warehouse.ts';
import { ensureScheduleBookkeeping } from './bookkeeping.ts';
import { type LedgerEntry, readLastEntries, readLastEntry, writeEntry } from './ledger.ts';
import { runNow } from './run-now.ts';
import { newRunner } from './run-schedule.ts';
import { runSchedules } from './run-schedules.ts';
import type { Interval, Schedule, ScheduledTask } from './task.ts';
import type { RunnerProcessOptions } from './testing/runner-process.ts';

const logger = createLogger({ name: 'test', level: 'fatal' });
const EVERY_SECOND: Schedule = {
  cron: '* * * * * *',
  timeZone: 'UTC',
  catchUp: 'last',
  timeoutMs: 60_000,
  attempts: 3,
  retryAfterMs: 10,
};
/** Long enough for renewals on a busy machine. */
const LEASE_MS = 3_000;
const children: ChildProcess[] = [];

let warehouse: TemporaryWarehouse;
beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
  const { client } = warehouse;
  await ensureScheduleBookkeeping(client);
  await client.command({ query: 'create database test' });
  await client.command({
    query: `create table test.steps (pid UInt32, step String, start_ms UInt64, end_ms UInt64, at DateTime64(6) default now64(6))
      engine = MergeTree order by at`,
  });
  await client.command({
    query: 'create table test.gates (is_held Bool, at DateTime64(6) default now64(6)) engine = MergeTree order by at',
  });
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await warehouse.stop();
});

function startRunner(task: string, schedule: Schedule = EVERY_SECOND): ChildProcess {
  const options: RunnerProcessOptions = { warehouse: warehouse.config, task, schedule, leaseMs: LEASE_MS };
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'testing/runner-process.ts'), JSON.stringify(options)],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  children.push(child);
  return child;
}

async function setGate(isHeld: boolean): Promise<void> {
  await warehouse.client.insert({
    table: 'test.gates',
    values: [{ is_held: isHeld }],
    columns: ['is_held'],
    format: 'JSONEachRow',
  });
}

interface Step {
  pid: number;
  step: string;
  start: number;
  end: number;
}

async function steps(): Promise<Step[]> {
  const text = await queryText(warehouse.client, 'select pid, step, start_ms, end_ms from test.steps order by at');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [pid, step = '', start, end] = line.split('\t');
      return { pid: Number(pid), step, start: Number(start), end: Number(end) };
    });
}

async function pidOf(step: string): Promise<number> {
  let found: Step | undefined;
  await expect.poll(async () => (found = (await steps()).findLast((each) => each.step === step))).toBeDefined();
  return (found as Step).pid;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
}

/** An entry that ends so many seconds ago. */
function entryOf(task: string, more: Partial<LedgerEntry>): LedgerEntry {
  const endMs = Math.floor(Date.now() / 1000) * 1000;
  const known = { trigger: 'schedule' as const, attempts: 0, startedAtMs: null, finishedAtMs: null, code: '' };
  return { task, ...known, startMs: endMs, endMs, state: 'begun', detail: '', runner: '', ...more };
}

async function isLease(claimed: Awaited<ReturnType<typeof claimLease>>): Promise<Lease> {
  if ('release' in claimed) return claimed;
  throw new Error(`held by ${claimed.runner}`);
}

test('of many who claim a lease at once, term after term, one gets it', async () => {
  const claims = (leaseMs: number) =>
    Promise.all(
      Array.from({ length: 8 }, () =>
        claimLease({ client: warehouse.client, name: 'crowded', runner: newRunner(), leaseMs, logger }),
      ),
    );
  for (let round = 0; round < 15; round++) {
    const got = (await claims(60_000)).filter((claimed) => 'release' in claimed);
    expect(got).toHaveLength(1);
    await got[0]?.release();
  }
});

test('a lease is kept for as long as it is renewed, ends with its holder, and its former holder notices', async () => {
  const { client } = warehouse;
  const common = { client, name: 'kept', logger };
  const first = await isLease(await claimLease({ ...common, runner: 'a', leaseMs: LEASE_MS }));
  // Longer than it was claimed for: it has been renewed by then.
  const renewed = first.term() + 4n;
  while (first.term() < renewed) {
    expect(await claimLease({ ...common, runner: 'b', leaseMs: LEASE_MS })).toMatchObject({ runner: 'a' });
  }
  expect(first.isHeld()).toBe(true);
  // Renewals do not arrive any more.
  await client.command({ query: 'rename table millrace.leases to millrace.leases_away' });
  await expect.poll(() => first.lost.aborted).toBe(true);
  expect(first.lost.reason).toMatchObject({ code: 'MR-SCHED-003' });
  await client.command({ query: 'rename table millrace.leases_away to millrace.leases' });
  const second = await isLease(await claimLease({ ...common, runner: 'b', leaseMs: 60_000 }));
  expect(second.term()).toBeGreaterThan(first.term());
  await first.release();
  expect(await claimLease({ ...common, runner: 'c', leaseMs: LEASE_MS })).toMatchObject({ runner: 'b' });
  await second.release();
  await (await isLease(await claimLease({ ...common, runner: 'c', leaseMs: LEASE_MS }))).release();
});

/** Runs a task's schedule in this process until `enough` of its runs. */
async function runUntil(name: string, schedule: Schedule, enough: (runs: readonly Interval[]) => boolean) {
  const stopping = new AbortController();
  const runs: Interval[] = [];
  const task: ScheduledTask = {
    name,
    async run({ interval }) {
      runs.push(interval);
      if (enough(runs)) stopping.abort();
      return `${runs.length}`;
    },
  };
  const { client } = warehouse;
  const metrics = new Registry();
  await runSchedules({ client, planned: [{ task, schedule }], logger, signal: stopping.signal, metrics });
  return runs;
}

test('what was missed while nothing ran is caught up: each interval by itself, or all in one', async () => {
  const agoMs = 6 * 3_600_000 + 30_000;
  const beganMs = Math.floor((Date.now() - agoMs) / 3_600_000) * 3_600_000;
  for (const [name, catchUp] of [
    ['hourly_each', 'each'],
    ['hourly_last', 'last'],
  ] as const) {
    await writeEntry(warehouse.client, entryOf(name, { startMs: beganMs, endMs: beganMs, state: 'begun' }), 0n);
    const nowMs = Math.floor(Date.now() / 3_600_000) * 3_600_000;
    const schedule = { ...EVERY_SECOND, cron: '0 * * * *', catchUp };
    const runs = await runUntil(name, schedule, (all) => all.at(-1)?.endMs === nowMs);
    expect(runs[0]?.startMs).toBe(beganMs);
    // No gap, nothing twice.
    for (const [index, run] of runs.slice(1).entries()) expect(run.startMs).toBe(runs[index]?.endMs);
    expect(runs).toHaveLength(catchUp === 'each' ? (nowMs - beganMs) / 3_600_000 : 1);
    expect(await readLastEntry(warehouse.client, name)).toMatchObject({ endMs: nowMs, state: 'done' });
  }
});

test('a failed interval is tried again, then given up with its code; the next one comes in its turn', async () => {
  const stopping = new AbortController();
  let runs = 0;
  const task: ScheduledTask = {
    name: 'failing',
    async run() {
      runs++;
      if (runs <= 3) throw new Error(`no luck ${runs}`);
      stopping.abort();
      return 'luck';
    },
  };
  const { client } = warehouse;
  const metrics = new Registry();
  const planned = [{ task, schedule: EVERY_SECOND }];
  await runSchedules({ client, planned, logger, signal: stopping.signal, metrics });
  const entries = (await readLastEntries(client, 10)).filter((entry) => entry.task === 'failing');
  expect(entries.map(({ state, attempts, code }) => [state, attempts, code])).toEqual([
    ['done', 1, ''],
    ['failed', 3, 'MR-SCHED-001'],
    ['begun', 0, ''],
  ]);
  expect(entries[1]?.detail).toBe('no luck 3');
  expect(await metrics.getSingleMetricAsString('millrace_schedules_runs_total')).toContain('state="failed"} 1');
});

test('a run that takes too long has failed', async () => {
  const task: ScheduledTask = {
    name: 'slow',
    run: ({ signal }) => new Promise((_, no) => signal.addEventListener('abort', no)),
  };
  const entry = await runNow({ ...warehouse, task, timeoutMs: 50, signal: new AbortController().signal, logger });
  expect(entry).toMatchObject({ trigger: 'manual', state: 'failed', code: 'MR-SCHED-002' });
  expect(await readLastEntry(warehouse.client, 'slow')).toBeNull();
});

test('two runners: one is killed while it holds the lease, the other does the interval again', async () => {
  await setGate(true);
  const [first, second] = [startRunner('two'), startRunner('two')];
  const holder = await pidOf('began');
  const [dead, alive] = holder === first.pid ? [first, second] : [second, first];
  const [before] = await steps();
  await end(dead, 'SIGKILL');
  await expect.poll(async () => (await steps()).at(-1)?.pid).toBe(alive.pid);
  // The same interval, for the second time.
  expect((await steps()).at(-1)).toMatchObject({ step: 'began', start: before?.start, end: before?.end });
  await setGate(false);
  await expect.poll(async () => (await readLastEntry(warehouse.client, 'two'))?.attempts).toBe(1);
  await end(alive, 'SIGTERM');
  const entries = (await readLastEntries(warehouse.client, 100)).filter(({ task }) => task === 'two');
  expect(entries.find(({ endMs }) => endMs === before?.end)).toMatchObject({ state: 'done', attempts: 2 });
  await expectNoGap('two');
});

test('two runners: one is stopped while it holds the lease; when it goes on, it notices and writes over nothing', async () => {
  await warehouse.client.command({ query: 'truncate table test.steps' });
  await setGate(true);
  const [first, second] = [startRunner('paused'), startRunner('paused')];
  const holder = await pidOf('began');
  const [frozen, other] = holder === first.pid ? [first, second] : [second, first];
  frozen.kill('SIGSTOP');
  await expect.poll(async () => (await steps()).at(-1)?.pid).toBe(other.pid);
  const [begun] = await steps();
  await setGate(false);
  await expect.poll(async () => (await steps()).filter(({ step }) => step === 'ended').length).toBeGreaterThan(1);
  await setGate(true);
  await expect.poll(async () => (await steps()).at(-1)?.step).toBe('began');
  frozen.kill('SIGCONT');
  await expect.poll(async () => (await steps()).some(({ step }) => step === 'aborted: MR-SCHED-003')).toBe(true);
  await setGate(false);
  await end(frozen, 'SIGTERM');
  await end(other, 'SIGTERM');
  const entries = (await readLastEntries(warehouse.client, 100)).filter(({ task }) => task === 'paused');
  expect(entries.find(({ endMs }) => endMs === begun?.end)).toMatchObject({ state: 'done', attempts: 2 });
  expect(entries.filter(({ state }) => !['begun', 'done', 'interrupted'].includes(state))).toEqual([]);
  await expectNoGap('paused');
});

async function expectNoGap(task: string): Promise<void> {
  const entries = (await readLastEntries(warehouse.client, 1_000)).filter((entry) => entry.task === task);
  for (const [index, entry] of entries.slice(0, -1).entries()) {
    expect(entry.startMs, JSON.stringify(entry)).toBe(entries[index + 1]?.endMs);
  }
  expect(entries.length).toBeGreaterThan(1);
}
