import type { ChangeLog } from '../../changelog/change-log.ts';
import type { Capture, CaptureOptions } from '../../ingest/capture.ts';
import { INGEST_ERRORS } from '../../ingest/errors.ts';
import { isMendedByResync } from '../../ingest/postgres/slot/slot-state.ts';
import type { SourceConfig } from '../../runtime/config/config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { CLI_ERRORS } from '../errors.ts';

export interface SourceRuns {
  /** By source; another one after a resync of a source that had failed. */
  readonly captures: ReadonlyMap<string, Capture>;
  /**
   * Resolves when all have stopped. One source that needs its operator does not stop the others; any other failure
   * rejects at once, for the process to start afresh. Where only a resync helps, the source waits for it.
   */
  readonly over: Promise<void>;
  /**
   * Copies a source anew, whether it is captured now or waits: resolves when that is written down. Throws
   * CLI_SOURCE_UNKNOWN; INGEST_NOT_RUNNING while it is not, for whoever asks again; and what a source that waited failed with
   * before it was.
   */
  resync(source: string): Promise<void>;
}

/** Runs the captures of all sources. */
export function runSources(options: {
  sources: readonly SourceConfig[];
  log: ChangeLog;
  logger: Logger;
  signal: AbortSignal;
  createCapture: (options: Pick<CaptureOptions, 'source' | 'resync' | 'onResync'>) => Capture;
}): SourceRuns {
  const { sources, logger, signal } = options;
  const captures = new Map<string, Capture>();
  const waiting = new Map<string, () => void>();
  /** What became of the resync that a source was woken for: null before it is written down. */
  const resyncs = new Map<string, 'written' | MillraceError | null>();

  async function runOne(source: SourceConfig): Promise<void> {
    for (let resync = false; ; resync = true) {
      const onResync = (): void => void resyncs.set(source.name, 'written');
      const capture = options.createCapture({ source, resync, onResync });
      captures.set(source.name, capture);
      try {
        return await capture.run(signal);
      } catch (error) {
        logger.error({ err: error, source: source.name }, 'capture of a source ended');
        if (error instanceof MillraceError && resyncs.get(source.name) === null) resyncs.set(source.name, error);
        if (!(error instanceof MillraceError) || !isMendedByResync(error.code)) throw error;
      }
      logger.warn({ source: source.name }, 'waits for `millrace sources resync`');
      await new Promise<void>((resolve) => {
        waiting.set(source.name, resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      waiting.delete(source.name);
      if (signal.aborted) return;
    }
  }

  async function runAll(): Promise<void> {
    const failures: unknown[] = [];
    await Promise.all(
      sources.map(async (source) => {
        try {
          await runOne(source);
        } catch (error) {
          failures.push(error);
          if (!(error instanceof MillraceError) || error.policy !== 'operator') throw error;
        }
      }),
    );
    if (failures.length > 0) {
      const detail = `${failures.length} of ${sources.length} sources`;
      throw new MillraceError(CLI_ERRORS.captureFailed, detail, { cause: failures[0] });
    }
  }

  return {
    captures,
    over: runAll(),
    async resync(source) {
      const capture = captures.get(source);
      if (capture === undefined) throw new MillraceError(CLI_ERRORS.sourceUnknown, source);
      const outcome = resyncs.get(source);
      if (outcome === undefined) {
        const wake = waiting.get(source);
        if (wake === undefined) return capture.resyncSource();
        resyncs.set(source, null);
        wake();
      }
      if (outcome === undefined || outcome === null) throw new MillraceError(INGEST_ERRORS.notRunning, source);
      resyncs.delete(source);
      if (outcome !== 'written') throw outcome;
    },
  };
}
