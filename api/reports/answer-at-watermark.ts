import type { AsOf, Published } from '../../warehouse/published/published.ts';
import { API_ERRORS } from '../errors.ts';
import type { AnswerCache } from '../http/answer-cache.ts';
import { entityTag } from '../http/entity-tag.ts';
import { type JsonText, jsonText } from '../http/exact-json.ts';
import type { SharedWork } from '../http/shared-work.ts';
import type { ApiMetrics } from '../metrics.ts';
import { publishedState } from '../parameters/parameter.ts';
import { ApiError } from '../problems/problem.ts';
import type { ApiSettings } from '../settings.ts';
import type { RequestReader, WarehouseReader } from '../warehouse-reader.ts';

/** What was found at one watermark. */
export interface Answer {
  /** `data`, JSON. */
  readonly text: JsonText;
  readonly rows: number;
  /** Further members of `meta`. */
  readonly meta: Readonly<Record<string, unknown>>;
}

export interface AnswerContext {
  readonly reader: WarehouseReader;
  readonly settings: ApiSettings;
  readonly metrics: ApiMetrics;
  readonly cache: AnswerCache<Answer>;
  readonly work: SharedWork<Answer>;
}

/** What everything that is answered at a watermark can be asked. */
export const COMMON_PARAMETERS = {
  as_of: publishedState(
    'The state to report on: the one with this watermark, or that was the current one at this moment. Default: the newest. ' +
      'How far back is configured (`warehouse.horizon`).',
  ),
};

/** Exchanges of models that an answer is begun anew for. */
const MAX_OVERTAKEN = 3;

export interface Answered {
  /** Of the state and the question. */
  readonly tag: string;
  readonly published: Published;
  /** Null: whoever asks has it already. */
  readonly answer: Answer | null;
}

/**
 * Answers a question at the newest published state, or the one asked for, from the cache where it can; those who ask the same at the
 * same time share the work. Begins anew when the models were exchanged meanwhile.
 */
export async function answerAtWatermark(options: {
  context: AnswerContext;
  /** Names the question in metrics and tags. */
  route: string;
  /** Everything that the answer hangs on beside the state. */
  question: unknown;
  /** Null: the newest. */
  asOf: AsOf | null;
  /** Aborted when nobody waits for the answer any more. */
  gone: AbortSignal;
  /** Whether whoever asks has the answer of a tag. */
  isKnown?: (tag: string) => boolean;
  /** All queries must read at the watermark. */
  compute: (at: { watermark: string; reader: RequestReader }) => Promise<Answer>;
}): Promise<Answered> {
  const { context, route, question, asOf, gone, isKnown, compute } = options;
  const { reader, cache, work, metrics } = context;

  async function answer(overtaken: number): Promise<Answered> {
    const newest = reader.forRequest(gone);
    const published = await (asOf === null ? newest.published({ anew: overtaken > 0 }) : newest.publishedThen(asOf));
    const { watermark } = published;
    const tag = entityTag(route, watermark, question);
    if (isKnown?.(tag)) return { tag, published, answer: null };
    const kept = cache.get(tag);
    if (kept !== undefined) {
      metrics.cacheHits.inc({ route });
      return { tag, published, answer: kept };
    }
    const computed = await work.run(tag, gone, async (signal) => {
      const found = await compute({ watermark, reader: reader.forRequest(signal) });
      cache.set(tag, found);
      return found;
    });
    return { tag, published, answer: computed };
  }

  for (let overtaken = 0; ; overtaken++) {
    try {
      return await answer(overtaken);
    } catch (error) {
      // Without `as_of` nobody asked for a state that is gone: its models were exchanged while it was read.
      if (asOf !== null || !(error instanceof ApiError) || error.code !== API_ERRORS.asOfGone.code) throw error;
      if (overtaken < MAX_OVERTAKEN) continue;
      throw new ApiError(API_ERRORS.reportOvertaken, 'each time that it was read', { cause: error });
    }
  }
}

/** The body of an answer; `meta` says what it is true for. */
export function answerText(published: Published, answer: Answer, meta: Readonly<Record<string, unknown>>): JsonText {
  const text = jsonText({
    ...meta,
    as_of: published.asOf,
    watermark: BigInt(published.watermark),
    published_at: published.publishedAt,
    lag_seconds: published.lagSeconds,
    rows: answer.rows,
    ...answer.meta,
  });
  return `{"data":${answer.text},"meta":${text}}\n`;
}
