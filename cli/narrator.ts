/** Tells step by step what is being done, with how long each step took. */
export interface Narrator {
  /** A step begins and the one before it is over; a text that differs in its numbers only is the same step's progress. */
  step(text: string): void;
  /** Something that was reached within the current step. */
  done(text: string, elapsedMs: number): void;
  /** The last step is over, and with it the start. */
  finish(text: string): void;
  line(text: string): void;
}

/** On a terminal the current step is shown while it lasts. With null, says nothing. */
export function createNarrator(stream: NodeJS.WriteStream | null): Narrator {
  const startedAtMs = performance.now();
  let current: { text: string; startedAtMs: number } | null = null;

  const line = (text: string): void => {
    stream?.write(stream.isTTY ? `\r\x1b[2K${text}\n` : `${text}\n`);
  };
  const timed = (text: string, elapsedMs: number): void => {
    line(`  ${(elapsedMs / 1000).toFixed(1).padStart(5)} s  ${text}`);
  };
  const end = (): void => {
    if (current !== null) timed(current.text, performance.now() - current.startedAtMs);
    current = null;
  };
  return {
    step(text) {
      if (current !== null && withoutNumbers(current.text) === withoutNumbers(text)) current.text = text;
      else {
        end();
        current = { text, startedAtMs: performance.now() };
      }
      if (stream?.isTTY) stream.write(`\r\x1b[2K        … ${text}`);
    },
    done: timed,
    finish(text) {
      end();
      timed(text, performance.now() - startedAtMs);
    },
    line,
  };
}

function withoutNumbers(text: string): string {
  return text.replace(/\d+/g, '#');
}
