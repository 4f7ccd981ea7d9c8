import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { ReaderReport, ReaderStart } from './reader-process.ts';

/** Readers that look at everything again and again, until they are told to end. */
export interface Readers {
  /** Ends them; answers what they saw. A second call rejects. */
  end(): Promise<ReaderReport>;
}

export function startReaders(start: ReaderStart): Readers {
  const child = fork(join(import.meta.dirname, 'reader-process.ts'), [JSON.stringify(start)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return {
    end: () =>
      new Promise((resolve, reject) => {
        child.once('exit', (code) => reject(new Error(`the readers ended by themselves: ${code}`)));
        child.once('message', (report) => {
          resolve(report as ReaderReport);
          child.disconnect();
        });
        child.send('end');
      }),
  };
}
