import type { Logger } from '../../../runtime/logger.ts';

/** Tells what a loop waits for, when that lasts. */
export interface Standstill {
  during<T>(what: string, action: () => Promise<T>): Promise<T>;
  /** Ends the looking. */
  end(): void;
}

const LOOK_MS = 5_000;
const TOLD_AFTER_MS = 20_000;

/** Each wait is told once, the innermost of those that are under way. */
export function watchStandstill(logger: Logger): Standstill {
  const under: { readonly what: string; readonly sinceMs: number; isTold: boolean }[] = [];
  const timer = setInterval(() => {
    const innermost = under.at(-1);
    if (innermost === undefined || innermost.isTold || performance.now() - innermost.sinceMs < TOLD_AFTER_MS) return;
    innermost.isTold = true;
    logger.warn({ waiting: under.map(({ what }) => what) }, 'loading stands still');
  }, LOOK_MS).unref();
  return {
    async during(what, action) {
      const entry = { what, sinceMs: performance.now(), isTold: false };
      under.push(entry);
      try {
        return await action();
      } finally {
        under.splice(under.indexOf(entry), 1);
      }
    },
    end: () => clearInterval(timer),
  };
}
