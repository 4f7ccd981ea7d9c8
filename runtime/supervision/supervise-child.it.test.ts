import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { createLogger } from '../logger.ts';
import { isMessage, type Message } from './message.ts';
import { type ChildState, type SupervisedChild, superviseChild } from './supervise-child.ts';

const CHILD = fileURLToPath(new URL('./fixture-child.ts', import.meta.url));
const logger = createLogger({ name: 'test', level: 'silent' });
const children: SupervisedChild[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) await child.stop();
});

function supervise(mode: 'work' | 'fail' | 'deaf', options: { graceMs?: number } = {}) {
  const messages: Message[] = [];
  const states: ChildState[] = [];
  let starts = 0;
  const child = superviseChild({
    name: mode,
    module: CHILD,
    start: () => {
      starts += 1;
      return { mode, token: `start ${starts}` };
    },
    logger,
    onMessage: (message) => messages.push(message),
    onState: (state) => states.push(state),
    backoff: { firstMs: 40, maxMs: 640 },
    ...options,
  });
  children.push(child);
  return { child, messages, states, starts: () => starts };
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition did not come true');
    await delay(10);
  }
}

test('starts a child again when it is killed, and speaks to the new one', async () => {
  const { child, messages, states } = supervise('work');
  const ready = await child.ready;
  expect(ready.pid).toBe(child.pid());
  process.kill(child.pid()!, 'SIGKILL');
  await until(() => child.deaths() === 1 && child.state() === 'running');
  expect(states).toEqual(['running', 'restarting', 'running']);
  child.send({ type: 'ask' });
  await until(() => messages.some((message) => message.type === 'answer'));
  expect(messages.find((message) => message.type === 'answer')?.token).toBe('start 2');
});

test('lets a child drain when it is stopped, and does not start it again', async () => {
  const { child, messages, states, starts } = supervise('work');
  const pid = (await child.ready).pid as number;
  await child.stop();
  expect(alive(pid)).toBe(false);
  expect(messages.at(-1)?.type).toBe('drained');
  expect(states.at(-1)).toBe('stopped');
  expect(starts()).toBe(1);
});

test('waits longer before each start of a child that always fails, and can be stopped meanwhile', async () => {
  const { child, starts } = supervise('fail');
  const startedAtMs = performance.now();
  await until(() => child.deaths() === 4);
  // 40, 80 and 160 ms passed between four starts.
  expect(performance.now() - startedAtMs).toBeGreaterThan(280);
  await child.stop();
  const count = starts();
  await delay(50);
  expect(starts()).toBe(count);
});

test('kills a child that does not stop within the grace time', async () => {
  const { child } = supervise('deaf', { graceMs: 200 });
  const pid = (await child.ready).pid as number;
  await child.stop();
  expect(alive(pid)).toBe(false);
});

test('leaves no child behind when the supervisor is killed', async () => {
  const script = `
    import { superviseChild } from ${JSON.stringify(new URL('./supervise-child.ts', import.meta.url).href)};
    import { createLogger } from ${JSON.stringify(new URL('../logger.ts', import.meta.url).href)};
    const child = superviseChild({ name: 'child', module: ${JSON.stringify(CHILD)}, start: () => ({ mode: 'work', token: '' }),
      logger: createLogger({ name: 's', level: 'silent' }) });
    console.log((await child.ready).pid);`;
  const supervisor = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(supervisor.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  expect(alive(pid)).toBe(true);
  supervisor.kill('SIGKILL');
  await until(() => !alive(pid));
});

test('a child alone says that it needs a supervisor', async () => {
  const lone = spawn(process.execPath, [CHILD], { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  lone.stderr.on('data', (text: Buffer) => {
    output += text.toString();
  });
  const [code] = (await once(lone, 'close')) as [number];
  expect(code).not.toBe(0);
  expect(output).toContain('supervisor');
});

test('does not take the Ctrl-C that its terminal sends to the whole process group', async () => {
  const child = fork(CHILD, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  child.send({ type: 'start', mode: 'work', token: 'x' });
  await once(child, 'message');
  child.kill('SIGINT');
  child.send({ type: 'ask' });
  const [answer] = (await once(child, 'message')) as [unknown];
  expect(isMessage(answer) && answer.type).toBe('answer');
  child.kill('SIGTERM');
  await once(child, 'exit');
});
