import { Worker } from 'node:worker_threads';
import type { FitInput, FittedModel } from './fit-models.ts';

/** Fits in a thread of its own, since the process has other work to do meanwhile. The signal ends it. */
export function fitInWorker(input: FitInput, signal: AbortSignal): Promise<FittedModel[]> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const worker = new Worker(new URL('./fit-worker.ts', import.meta.url), { workerData: input });
    const stop = () => {
      void worker.terminate();
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    const end = (settle: () => void) => {
      signal.removeEventListener('abort', stop);
      settle();
    };
    worker.once('message', (fitted: FittedModel[]) => end(() => resolve(fitted)));
    worker.once('error', (error) => end(() => reject(error)));
    worker.once('exit', (code) => end(() => reject(new Error(`the thread ended with ${code}`))));
  });
}
