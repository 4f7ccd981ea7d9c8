import type { ClickHouseClient } from '@clickhouse/client';
import { readLastWatermark } from '../store/watermarks.ts';
import { liveRollout } from './folder-at-start.ts';
import { isUnderWay, type Rollout, type RolloutProgress, readRollouts, writeRollout } from './rollout.ts';

/** All rollouts, and the one that is under way. Only the process that keeps the models writes them. */
export interface RolloutRecord {
  /** The newest first. */
  all(): readonly Rollout[];
  underWay(): Rollout | null;
  /** What readers see. */
  live(): Rollout | null;
  /** Only while none is under way. */
  begin(rollout: Pick<Rollout, 'folder' | 'reason' | 'built' | 'dropped' | 'tests' | 'ownFolder'>): Promise<Rollout>;
  /** How far the one under way is. */
  progress(state: 'building' | 'testing', progress: RolloutProgress): Promise<void>;
  /** The one under way is over. */
  end(
    state: 'live' | 'failed' | 'cancelled',
    reason?: { readonly code: string; readonly message: string },
  ): Promise<void>;
}

export async function openRolloutRecord(client: ClickHouseClient): Promise<RolloutRecord> {
  const rollouts = await readRollouts(client);

  function underWay(): Rollout | null {
    const [last] = rollouts;
    return last !== undefined && isUnderWay(last) ? last : null;
  }

  async function write(rollout: Rollout): Promise<Rollout> {
    const written = { ...rollout, sequence: (BigInt(rollout.sequence) + 1n).toString() };
    await writeRollout(client, written);
    if (rollouts[0]?.number === written.number) rollouts[0] = written;
    else rollouts.unshift(written);
    return written;
  }

  return {
    all: () => rollouts,
    underWay,
    live: () => liveRollout(rollouts),
    begin(rollout) {
      const [last] = rollouts;
      // A first folder that cannot be read is tried at each start: that is one rollout, however often.
      const isAgain = last?.state === 'failed' && last.folder === rollout.folder && liveRollout(rollouts) === null;
      return write({
        ...rollout,
        number: (last?.number ?? 0) + (isAgain ? 0 : 1),
        state: 'building',
        code: '',
        detail: '',
        startedAt: new Date().toISOString(),
        endedAt: null,
        watermark: '0',
        progress: null,
        sequence: isAgain ? last.sequence : '0',
      });
    },
    async progress(state, progress) {
      const rollout = underWay();
      if (rollout !== null) await write({ ...rollout, state, progress });
    },
    async end(state, reason) {
      const rollout = underWay();
      if (rollout === null) return;
      await write({
        ...rollout,
        state,
        code: reason?.code ?? '',
        detail: reason?.message ?? '',
        endedAt: new Date().toISOString(),
        watermark: (await readLastWatermark(client))?.watermark ?? '0',
        progress: null,
      });
    },
  };
}
