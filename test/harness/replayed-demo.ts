import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The example company with a purchase log as its history, and everything over it. */
export interface ReplayedDemo {
  readonly folder: string;
  readonly ready: { readonly api: string; readonly warehouse: string; readonly sources: Record<string, string> };
  stop(): Promise<void>;
}

export const CLI = join(import.meta.dirname, '../../cli/millrace.js');

/** Resolves when everything answers. `log`: in CDNOW's format. */
export async function startReplayedDemo(log: string): Promise<ReplayedDemo> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-purchases-'));
  const options = ['demo', '--purchases', log, '--data', folder, '--port', '0', '--json'];
  const demo = spawn(process.execPath, [CLI, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<number | null>((resolve) => demo.once('exit', resolve));
  async function stop(): Promise<void> {
    demo.kill('SIGTERM');
    await exited;
    await rm(folder, { recursive: true, force: true });
  }
  const line = new Promise<string>((resolve) => {
    let text = '';
    demo.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
  });
  const first = await Promise.race([line, exited]);
  if (typeof first === 'string') return { folder, ready: JSON.parse(first), stop };
  await stop();
  throw new Error(`ended with ${first}`);
}
