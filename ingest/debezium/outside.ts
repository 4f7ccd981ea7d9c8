import type { KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';
import { isMissingTopic } from '../../changelog/kafka/gone.ts';
import { sleep } from '../../runtime/abortable.ts';
import { backoffMs } from '../../runtime/backoff.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { DatabaseCatalog } from './database-catalog.ts';

/** What database and brokers are asked about tables and their topics. */
export interface Outside {
  readonly describe: DatabaseCatalog['describe'];
  /** Names of all topics there are. */
  readonly topics: () => Promise<readonly string[]>;
  readonly offsets: KafkaClient['offsets'];
}

export interface WaitingOptions {
  /** Is told what failed, and how often in a row. */
  readonly onFailure: (error: MillraceError, times: number) => void;
  /** An answer after failures. */
  readonly onAnswer: () => void;
  readonly firstMs: number;
  readonly maxMs: number;
  readonly signal: AbortSignal;
}

/** The same, but what may pass (policy `retry`) is waited for. A topic that is missing is an answer. */
export function waitedFor(outside: Outside, options: WaitingOptions): Outside {
  const { onFailure, onAnswer, signal } = options;

  async function answerOf<T>(ask: () => Promise<T>): Promise<T> {
    for (let times = 1; ; times++) {
      try {
        const answer = await ask();
        if (times > 1) onAnswer();
        return answer;
      } catch (error) {
        const mayPass = error instanceof MillraceError && error.policy === 'retry' && !isMissingTopic(error);
        if (!mayPass || signal.aborted) throw error;
        onFailure(error, times);
        await sleep(backoffMs(times, options), signal);
      }
    }
  }

  return {
    describe: () => answerOf(() => outside.describe()),
    topics: () => answerOf(() => outside.topics()),
    offsets: (topic) => answerOf(() => outside.offsets(topic)),
  };
}
