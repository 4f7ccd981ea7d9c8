import { describe, expect, test } from 'vitest';
import type { Capture, CaptureOptions } from '../../ingest/capture.ts';
import { INGEST_ERRORS } from '../../ingest/errors.ts';
import { sourceConfig } from '../../ingest/testing/scene.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { createLogger } from '../../runtime/logger.ts';
import { runSources } from './source-runs.ts';

const source = sourceConfig('order', 'postgres://nowhere/order');
const notRunning = { code: INGEST_ERRORS.notRunning.code };

/** A source whose first capture has failed; the test has the next one in its hands. */
async function failedSource() {
  const next = Promise.withResolvers<Pick<CaptureOptions, 'resync' | 'onResync'>>();
  const ends = Promise.withResolvers<void>();
  const asked: string[] = [];
  let captures = 0;
  const controller = new AbortController();
  const runs = runSources({
    sources: [source],
    log: {} as never,
    logger: createLogger({ name: 'test', level: 'silent' }),
    signal: controller.signal,
    createCapture: (options) => {
      const isFirst = captures++ === 0;
      if (!isFirst) next.resolve(options);
      return {
        run: () => (isFirst ? Promise.reject(new MillraceError(INGEST_ERRORS.slotMissing, 'order')) : ends.promise),
        resyncSource: async () => void asked.push('running'),
      } as Partial<Capture> as Capture;
    },
  });
  runs.over.catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  return { runs, next: next.promise, ends, asked, captures: () => captures };
}

describe('a resync of a source that waits for one', () => {
  test('is done when it is written down, and not before', async () => {
    const { runs, next, asked, captures } = await failedSource();
    await expect(runs.resync('order')).rejects.toMatchObject(notRunning);
    const { resync, onResync } = await next;
    expect(resync).toBe(true);
    await expect(runs.resync('order')).rejects.toMatchObject(notRunning);
    onResync?.();
    await runs.resync('order');
    expect([captures(), asked]).toEqual([2, []]);
    // The next one is for the capture that runs.
    await runs.resync('order');
    expect([captures(), asked]).toEqual([2, ['running']]);
  });

  test.each([INGEST_ERRORS.logIncomplete, INGEST_ERRORS.logFailed])(
    'fails with what the source fails with before that: $code',
    async (definition) => {
      const { runs, next, ends } = await failedSource();
      await expect(runs.resync('order')).rejects.toMatchObject(notRunning);
      await next;
      ends.reject(new MillraceError(definition, 'again'));
      await expect.poll(() => runs.resync('order').catch(({ code }) => code)).toBe(definition.code);
    },
  );

  test('names what there is when nothing of that name is captured', async () => {
    const { runs } = await failedSource();
    await expect(runs.resync('orders')).rejects.toMatchObject({ code: 'CLI_SOURCE_UNKNOWN' });
  });
});
