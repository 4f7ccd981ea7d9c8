import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Follows what this process holds, on its heap and in buffers, from now on. */
export interface HeapSampler {
  /** Ends it; answers by how many MiB the most that was seen exceeds what was held at the beginning. */
  stop(): number;
}

const EVERY_MS = 50;

/** What is garbage already does not count: when the engine collects it depends on how busy the machine is. */
export function sampleHeap(): HeapSampler {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const before = heldBytes();
  let most = before;
  const timer = setInterval(() => {
    if (heldBytes() <= most) return;
    collect();
    most = Math.max(most, heldBytes());
  }, EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      return (most - before) / 2 ** 20;
    },
  };
}

function heldBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
