import { sleep } from '../../../runtime/abortable.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { KafkaGroup } from '../client/kafka-group.ts';
import type { TopicProgress } from './loader-warehouse.ts';

/**
 * Tells the brokers what is loaded, behind the warehouse: for whoever watches the group's lag with Kafka's own tools.
 * Loading itself goes by what the warehouse has.
 */
export interface OffsetCommits {
  /** Durable in the warehouse. */
  note(progress: readonly TopicProgress[]): void;
  /** Until the signal aborts, and once more then. */
  run(signal: AbortSignal): Promise<void>;
}

const EVERY_MS = 1_000;

export function createOffsetCommits(options: {
  group: Pick<KafkaGroup, 'commit'>;
  /** Whether the topic is this loader's now: whoever has it tells what is loaded of it. */
  has: (topic: string) => boolean;
  logger: Logger;
}): OffsetCommits {
  const { group, has, logger } = options;
  let waiting = new Map<string, readonly bigint[]>();

  async function commit(): Promise<void> {
    const taken = new Map([...waiting].filter(([topic]) => has(topic)));
    waiting = new Map();
    if (taken.size === 0) return;
    try {
      // Not while the topics are shared out anew: then again for those that are still ours.
      if (!(await group.commit(taken))) waiting = new Map([...taken, ...waiting]);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      logger.debug({ code: error.code, err: error.message }, 'offsets were not committed');
      waiting = new Map([...taken, ...waiting]);
    }
  }

  return {
    note(progress) {
      for (const { topic, offsets } of progress) waiting.set(topic, offsets);
    },
    async run(signal) {
      while (!signal.aborted) {
        await sleep(EVERY_MS, signal);
        await commit();
      }
    },
  };
}
