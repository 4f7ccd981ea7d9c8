/** Follows what this process holds, on its heap and in buffers, from now on. */
export interface HeapSampler {
  /** Ends it; answers by how many MiB the most that was seen exceeds what was held at the beginning. */
  stop(): number;
}

const EVERY_MS = 10;

export function sampleHeap(): HeapSampler {
  const before = heldBytes();
  let most = before;
  const timer = setInterval(() => {
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
