import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** A real browser without a window, spoken to over a pipe (https://chromedevtools.github.io/devtools-protocol/). */
export interface Browser {
  open(): Promise<Page>;
  close(): Promise<void>;
}

export interface Page {
  /** Resolves when the page and what it loads are there. */
  goto(url: string): Promise<void>;
  /** Does something that leads to another page, and waits for that. */
  follow(act: () => Promise<void>): Promise<void>;
  /** The value of an expression in the page. */
  evaluate<T>(expression: string): Promise<T>;
  press(key: 'Enter' | 'Escape' | 'ArrowDown' | 'ArrowUp' | 'Tab' | '/'): Promise<void>;
  type(text: string): Promise<void>;
  colours(scheme: 'light' | 'dark'): Promise<void>;
  size(width: number, height: number): Promise<void>;
  screenshot(path: string): Promise<void>;
  /** URLs that the page asked for. */
  readonly requested: readonly string[];
  /** Errors on its console, exceptions, dialogs. */
  readonly problems: readonly string[];
}

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'];
const ANSWER_MS = 20_000;
const KEY_CODES = { Enter: 13, Escape: 27, ArrowDown: 40, ArrowUp: 38, Tab: 9, '/': 191 } as const;

/** Why there is no browser on this machine; null when there is one. */
export function lackingForBrowser(): string | null {
  return findProgram() === null ? `none of ${PROGRAMS.join(', ')} is installed` : null;
}

export async function startBrowser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'millrace-browser-'));
  const args = ['--headless=new', '--remote-debugging-pipe', `--user-data-dir=${profile}`, '--no-first-run'];
  // As root it has no sandbox; a container's /dev/shm may be small.
  const child = spawn(findProgram() as string, [...args, '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const protocol = speak(child);
  return {
    open: () => openPage(protocol),
    async close() {
      child.kill('SIGTERM');
      await exited;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

type Params = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: Params;
  readonly error?: { readonly message: string };
}

interface Protocol {
  send(method: string, params?: Params, sessionId?: string): Promise<Params>;
  onEvent(sessionId: string, listener: (method: string, params: Params) => void): void;
}

/** Messages are JSON, each ended by a zero byte. */
function speak(child: ChildProcess): Protocol {
  const toBrowser = child.stdio[3] as Writable;
  const fromBrowser = child.stdio[4] as Readable;
  const waiting = new Map<number, (message: Message) => void>();
  const listeners = new Map<string, (method: string, params: Params) => void>();
  let lastId = 0;
  let rest = '';
  fromBrowser.setEncoding('utf8');
  fromBrowser.on('data', (chunk: string) => {
    const texts = (rest + chunk).split('\0');
    rest = texts.pop() as string;
    for (const message of texts.map((text) => JSON.parse(text) as Message)) {
      if (message.id !== undefined) waiting.get(message.id)?.(message);
      else if (message.method !== undefined) {
        listeners.get(message.sessionId ?? '')?.(message.method, message.params ?? {});
      }
    }
  });
  toBrowser.on('error', () => {}); // It ended: the answer that is waited for does not come.
  return {
    onEvent: (sessionId, listener) => listeners.set(sessionId, listener),
    send: (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        const timer = setTimeout(() => reject(new Error(`no answer to ${method}`)), ANSWER_MS);
        waiting.set(id, ({ result, error }) => {
          clearTimeout(timer);
          waiting.delete(id);
          if (error === undefined) resolve(result ?? {});
          else reject(new Error(`${method}: ${error.message}`));
        });
        toBrowser.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`);
      }),
  };
}

async function openPage(protocol: Protocol): Promise<Page> {
  const { targetId } = await protocol.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = (await protocol.send('Target.attachToTarget', { targetId, flatten: true })) as {
    sessionId: string;
  };
  const send = (method: string, params?: Params) => protocol.send(method, params, sessionId);
  const requested: string[] = [];
  const problems: string[] = [];
  let loaded = () => {};
  protocol.onEvent(sessionId, (method, params) => {
    if (method === 'Page.loadEventFired') loaded();
    if (method === 'Network.requestWillBeSent') requested.push((params.request as { url: string }).url);
    if (method === 'Page.javascriptDialogOpening') problems.push(`dialog: ${params.message}`);
    if (method === 'Runtime.exceptionThrown') problems.push(`exception: ${JSON.stringify(params.exceptionDetails)}`);
    if (method === 'Runtime.consoleAPICalled' && params.type === 'error') problems.push(JSON.stringify(params.args));
    if (method === 'Log.entryAdded') problems.push(JSON.stringify(params.entry));
  });
  for (const domain of ['Page', 'Runtime', 'Network', 'Log']) await send(`${domain}.enable`);

  async function follow(act: () => Promise<void>): Promise<void> {
    const arrived = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no page was loaded')), ANSWER_MS);
      loaded = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    await Promise.all([arrived, act()]);
  }

  return {
    requested,
    problems,
    follow,
    goto: (url) => follow(async () => void (await send('Page.navigate', { url }))),
    async evaluate<T>(expression: string): Promise<T> {
      const { result, exceptionDetails } = await send('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        returnByValue: true,
      });
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
      return (result as { value: T }).value;
    },
    async press(key) {
      const text = key === 'Enter' ? '\r' : key === '/' ? '/' : undefined;
      const event = { key, code: key, windowsVirtualKeyCode: KEY_CODES[key], ...(text !== undefined && { text }) };
      await send('Input.dispatchKeyEvent', { type: text === undefined ? 'rawKeyDown' : 'keyDown', ...event });
      await send('Input.dispatchKeyEvent', { type: 'keyUp', key, code: key });
    },
    type: async (text) => void (await send('Input.insertText', { text })),
    colours: async (scheme) =>
      void (await send('Emulation.setEmulatedMedia', {
        features: [{ name: 'prefers-color-scheme', value: scheme }],
      })),
    size: async (width, height) =>
      void (await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false })),
    async screenshot(path) {
      const { data } = await send('Page.captureScreenshot', { format: 'png' });
      writeFileSync(path, Buffer.from(data as string, 'base64'));
    },
  };
}

function findProgram(): string | null {
  const works = (program: string): boolean => {
    try {
      execFileSync(program, ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };
  return PROGRAMS.find(works) ?? null;
}
