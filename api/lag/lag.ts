import type { Published } from '../../warehouse/published/published.ts';
import { API_ERRORS } from '../errors.ts';
import { arrayText, type JsonText, jsonText, numberToken, objectText } from '../http/exact-json.ts';
import { ApiError } from '../problems/problem.ts';
import type { RequestReader, TextRow } from '../warehouse-reader.ts';
import { POSITIONS_QUERY } from './queries.ts';

export interface Lag {
  /** Null while nothing was published. */
  readonly published: Published | null;
  readonly sources: readonly TextRow[];
}

/** Reads how far each source is. Answers before anything was published too: that is when one wants to watch. */
export async function readLag(reader: RequestReader): Promise<Lag> {
  const [published, sources] = await Promise.all([
    orWhenNothingPublished(reader.published(), null),
    orWhenNothingPublished(reader.rows(POSITIONS_QUERY), []),
  ]);
  return { published, sources };
}

async function orWhenNothingPublished<T, F>(answer: Promise<T>, fallback: F): Promise<T | F> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.code === API_ERRORS.nothingPublished.code) return fallback;
    throw error;
  }
}

export function lagText({ published, sources }: Lag): JsonText {
  const data = arrayText(sources.map(sourceText));
  const meta = jsonText({
    as_of: published?.asOf ?? {},
    watermark: published === null ? null : BigInt(published.watermark),
    published_at: published?.publishedAt ?? null,
    lag_seconds: published?.lagSeconds ?? null,
    rows: sources.length,
  });
  return `{"data":${data},"meta":${meta}}\n`;
}

function sourceText(row: TextRow): JsonText {
  return objectText([
    ['source', jsonText(row.source ?? null)],
    ['state', jsonText(row.state ?? null)],
    ['captured_lsn', jsonText(row.captured_lsn ?? null)],
    ['captured_committed_at', jsonText(row.captured_committed_at ?? null)],
    ['captured_rows', numberToken(row.captured_rows ?? null)],
    ['head_lsn', jsonText(row.head_lsn ?? null)],
    ['published_lsn', jsonText(row.published_lsn ?? null)],
    ['published_committed_at', jsonText(row.published_committed_at ?? null)],
    [
      'lag_seconds',
      objectText([
        ['capture', numberToken(row.capture_seconds ?? null)],
        ['publish', numberToken(row.publish_seconds ?? null)],
        ['total', numberToken(row.total_seconds ?? null)],
      ]),
    ],
  ]);
}
