import { setTimeout as sleep } from 'node:timers/promises';
import { isRetryable } from '../clickhouse/retryable.ts';
import type { PublishedState } from '../published/published.ts';
import type { KeptModels } from './kept-models.ts';
import { publishWatermark, type Watermark } from './store/watermarks.ts';

const PUBLISH_RETRY_MS = 500;

/** Makes a batch visible. Retried until it is known to be there: the same row twice says the same. */
export async function publishBatch(
  of: Pick<KeptModels, 'engine' | 'logger' | 'signal' | 'generation' | 'published'>,
  batch: Omit<Watermark, 'generation'> & { changes: number },
): Promise<PublishedState> {
  const { engine, logger, signal } = of;
  const { changes, ...published } = batch;
  const state = { ...published, generation: of.generation };
  for (;;) {
    try {
      const now = await publishWatermark(engine.client, { ...state, changes });
      of.published = state;
      return now;
    } catch (error) {
      if (!isRetryable(error)) throw error;
      logger.warn({ err: error }, 'watermark not published yet');
      await sleep(PUBLISH_RETRY_MS, undefined, { signal });
    }
  }
}
