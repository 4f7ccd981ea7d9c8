/** Tells step by step what is being done, with how long each step took. */
export interface Narrator {
  /** A step begins; the one before it is over. */
  step(text: string): void;
  /** Something that was reached within the current step. */
  done(text: string, elapsedMs: number): void;
  /** The last step is over. */
  finish(): void;
  line(text: string): void;
}

/** With null, says nothing. */
export function createNarrator(stream: NodeJS.WritableStream | null): Narrator {
  const startedAtMs = performance.now();
  let current: { text: string; startedAtMs: number } | null = null;
  const line = (text: string): void => {
    stream?.write(`${text}\n`);
  };
  const finish = (): void => {
    if (current === null) return;
    line(`  ${seconds(performance.now() - current.startedAtMs)}  ${current.text}`);
    current = null;
  };
  return {
    step(text) {
      finish();
      current = { text, startedAtMs: performance.now() };
      line(`        … ${text}`);
    },
    done: (text, elapsedMs) => line(`  ${seconds(elapsedMs)}  ${text}`),
    finish() {
      finish();
      line(`  ${seconds(performance.now() - startedAtMs)}  in all, to the first published watermark`);
    },
    line,
  };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1).padStart(5)} s`;
}
