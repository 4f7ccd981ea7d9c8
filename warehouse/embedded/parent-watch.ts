import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

// A worker thread of the server process (whose main thread is inside ClickHouse for good). Standard input is a pipe that
// the parent holds: its end means that the parent is gone, however it went. Then this process ends as well.

const GRACE_MS = 5_000;
const POLL_MS = 200;
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const byte = Buffer.alloc(1);

parentPort?.postMessage('watching');
for (let open = true; open; ) {
  try {
    open = readSync(0, byte) > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') break;
    Atomics.wait(sleeper, 0, 0, POLL_MS);
  }
}
process.kill(process.pid, 'SIGTERM');
Atomics.wait(sleeper, 0, 0, GRACE_MS);
process.kill(process.pid, 'SIGKILL');
