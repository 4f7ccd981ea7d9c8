import type { AsOf, Published } from '../../warehouse/published/published.ts';
import { noteAnswer, visibleRows } from '../access/caller.ts';
import type { HeldCells } from '../cubes/cells/held-cells.ts';
import type { KnownCubes } from '../cubes/known-cubes.ts';
import { API_ERRORS } from '../errors.ts';
import { FORMAT } from '../formats/asked-format.ts';
import type { HeldRows } from '../held/held-rows.ts';
import type { AnswerCache } from '../http/answer-cache.ts';
import { entityTag } from '../http/entity-tag.ts';
import { type JsonText, jsonText } from '../http/exact-json.ts';
import type { SharedWork } from '../http/shared-work.ts';
import type { ApiMetrics } from '../metrics.ts';
import { publishedState, quoteShort, wholeNumber } from '../parameters/parameter.ts';
import { ApiError, type ParameterProblem, parametersInvalid } from '../problems/problem.ts';
import type { ApiSettings } from '../settings.ts';
import type { RequestReader, WarehouseReader } from '../warehouse-reader.ts';
import { MIN_AS_OF, type MinimumState, missingIn, unknownSources } from './minimum-state.ts';

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
  readonly cubes: KnownCubes;
  readonly cells: HeldCells;
  readonly keyedRows: HeldRows;
  /** An answer had to be found: it was not kept. */
  readonly onComputed: (nowMs: number) => void;
}

/** Which state is asked for: all of it is read from `STATE_PARAMETERS`. */
export interface AskedState {
  /** Null: the newest. */
  readonly as_of: AsOf | null;
  /** What the newest has to contain. */
  readonly min_as_of: readonly MinimumState[];
  readonly max_wait: number;
}

/** What everything that is answered at a watermark can be asked. */
export const STATE_PARAMETERS = {
  as_of: publishedState(
    'The state to report on: the one with this watermark, or that was the current one at this moment. Default: the newest. ' +
      'How far back is configured (`warehouse.horizon`).',
  ),
  min_as_of: MIN_AS_OF,
  max_wait: wholeNumber({ min: 0, max: 60, fallback: 10, description: 'Seconds to wait for `min_as_of`, at most.' }),
};

/** What there is to ask of everything that has formats too. */
export const COMMON_PARAMETERS = { ...STATE_PARAMETERS, format: FORMAT };

/** Wrong combinations of `STATE_PARAMETERS`. */
export function wrongState({ as_of: asOf, min_as_of: minAsOf }: AskedState): readonly ParameterProblem[] {
  if (asOf === null || minAsOf.length === 0) return [];
  return [{ parameter: 'min_as_of', problem: 'is given together with as_of', allowed: 'one of the two' }];
}

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
  /** The same, where it has to be read at the state first. */
  dependsOn?: (at: { watermark: string; published: Published; reader: RequestReader }) => Promise<unknown> | undefined;
  state: AskedState;
  /** Aborted when nobody waits for the answer any more. */
  gone: AbortSignal;
  /** Whether whoever asks has the answer of a tag. */
  isKnown?: (tag: string) => boolean;
  /** All queries must read at the watermark. */
  compute: (at: { watermark: string; published: Published; reader: RequestReader }) => Promise<Answer>;
}): Promise<Answered> {
  const { context, route, question, dependsOn, state, gone, isKnown, compute } = options;
  const { reader, cache, work, metrics } = context;

  return atWatermark({ reader, state, gone }, async (published, newest) => {
    const { watermark } = published;
    const beside = await dependsOn?.({ watermark, published, reader: newest });
    // Whoever sees other rows has asked something else.
    const tag = entityTag(route, watermark, [visibleRows(), question, beside ?? null]);
    const answered = (answer: Answer | null): Answered => {
      noteAnswer({ watermark, rows: answer?.rows ?? null });
      return { tag, published, answer };
    };
    if (isKnown?.(tag)) return answered(null);
    const kept = cache.get(tag);
    if (kept !== undefined) {
      metrics.cacheHits.inc({ route });
      return answered(kept);
    }
    const computed = await work.run(tag, gone, async (signal) => {
      const found = await compute({ watermark, published, reader: reader.forRequest(signal) });
      cache.set(tag, found);
      context.onComputed(performance.now());
      return found;
    });
    return answered(computed);
  });
}

/**
 * Does something at the state that is asked for, when it is there; again at the newest when the models were exchanged meanwhile.
 */
export async function atWatermark<T>(
  { reader, state, gone }: { reader: WarehouseReader; state: AskedState; gone: AbortSignal },
  work: (published: Published, reader: RequestReader) => Promise<T>,
): Promise<T> {
  const { as_of: asOf, min_as_of: minAsOf, max_wait: maxWaitSeconds } = state;
  if (minAsOf.length > 0) {
    const first = await reader.forRequest(gone).published();
    refuseUnknownSources(first, minAsOf);
    const lacks = (each: Published): readonly string[] => missingIn(each, minAsOf, Date.now());
    await reader.untilPublished(lacks, { gone, maxWaitMs: maxWaitSeconds * 1000 });
  }
  for (let overtaken = 0; ; overtaken++) {
    try {
      const newest = reader.forRequest(gone);
      const published = asOf === null ? newest.published({ anew: overtaken > 0 }) : newest.publishedThen(asOf);
      return await work(await published, newest);
    } catch (error) {
      // Without `as_of` nobody asked for a state that is gone: its models were exchanged while it was read.
      if (asOf !== null || !(error instanceof ApiError) || error.code !== API_ERRORS.asOfGone.code) throw error;
      if (overtaken < MAX_OVERTAKEN) continue;
      throw new ApiError(API_ERRORS.reportOvertaken, 'each time that it was read', { cause: error });
    }
  }
}

function refuseUnknownSources(published: Published, minAsOf: readonly MinimumState[]): void {
  const unknown = unknownSources(published, minAsOf);
  if (unknown.length === 0) return;
  const allowed = Object.keys(published.asOf);
  throw parametersInvalid(
    unknown.map((source) => ({ parameter: 'min_as_of', problem: `there is no source ${quoteShort(source)}`, allowed })),
  );
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
