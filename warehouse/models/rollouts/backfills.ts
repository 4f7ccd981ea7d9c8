import type { ClickHouseClient } from '@clickhouse/client';
import { MillraceError } from '../../../runtime/errors.ts';
import type { Modeller } from '../modeller.ts';
import type { EventTimes } from '../recompute/backfill-of.ts';
import { answerModelRequest, type ModelRequest } from './model-requests.ts';

/** Backfills that were asked for: begun, followed, and answered when they are done. */
export interface Backfills {
  /** To be called again and again with a request that is not answered for good. */
  follow(
    request: Extract<ModelRequest, { action: 'backfill' }>,
    modeller: Pick<Modeller, 'backfill' | 'recomputing'>,
    times: EventTimes,
  ): Promise<void>;
  isBusy(): boolean;
}

export function createBackfills(client: ClickHouseClient): Backfills {
  /** What was told of those that go on. */
  const told = new Map<string, string>();

  async function tell(id: string, state: 'running' | 'done', detail: string): Promise<void> {
    if (state === 'running' && told.get(id) === detail) return;
    told.set(id, detail);
    await answerModelRequest(client, id, { state, rollout: 0, code: '', detail });
    if (state === 'done') told.delete(id);
  }

  return {
    async follow({ id, isBegun, arguments: asked }, modeller, times) {
      // The rows may know of it already, where a crash came before the answer.
      const isKnown = isBegun || told.has(id) || !modeller.recomputing(id).isDone;
      if (!isKnown) {
        try {
          modeller.backfill({ request: id, asked, times });
        } catch (error) {
          if (!(error instanceof MillraceError)) throw error;
          const { code, message: detail } = error;
          return answerModelRequest(client, id, { state: 'failed', rollout: 0, code, detail });
        }
      }
      const { isDone, keys } = modeller.recomputing(id);
      if (isDone) await tell(id, 'done', `computed ${keys} keys anew`);
      else await tell(id, 'running', `${keys} keys are computed anew`);
    },
    isBusy: () => told.size > 0,
  };
}
