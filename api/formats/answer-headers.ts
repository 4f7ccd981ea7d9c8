import type { FastifyReply } from 'fastify';
import type { Published } from '../../warehouse/published/published.ts';
import { formatTag } from './asked-format.ts';
import { FORMAT_DEFINITIONS, FORMATS, type Format } from './format.ts';

export interface AnswerFile {
  /** Of the answer in JSON. */
  readonly tag: string;
  readonly format: Format;
  readonly published: Published;
  /** Of the file, without the state and what it ends in. */
  readonly fileName: string;
  /** Null: it is not known before the end. */
  readonly rows: number | null;
  /** Rows at most, where it is not known whether there are more. */
  readonly limit?: number;
}

/** What a file cannot say of itself: for which state it is true, and what to call it. */
export function setAnswerHeaders(reply: FastifyReply, answer: AnswerFile): void {
  const { tag, format, published, fileName, rows, limit } = answer;
  const { contentType, extension } = FORMAT_DEFINITIONS[format];
  const name = `${fileName}-${published.watermark}.${extension}`;
  void reply.headers({
    'content-type': contentType,
    'content-disposition': `${format === 'json' ? 'inline' : 'attachment'}; filename="${name}"`,
    etag: formatTag(tag, format),
    'cache-control': 'no-cache',
    // What CORS says is kept.
    vary: [reply.getHeader('vary') ?? [], 'accept, accept-encoding'].flat().join(', '),
    'x-millrace-watermark': published.watermark,
    'x-millrace-published-at': published.publishedAt,
    'x-millrace-as-of': asOfText(published),
    'x-millrace-lag-seconds': published.lagSeconds.toFixed(3),
    ...(rows !== null && { 'x-millrace-rows': String(rows) }),
    ...(limit !== undefined && { 'x-millrace-limit': String(limit) }),
  });
}

/** `order:0/1A2B3C8,user:0/0`, which `min_as_of` takes as it is. */
function asOfText({ asOf }: Published): string {
  return Object.entries(asOf)
    .map(([source, { lsn }]) => `${encodeURIComponent(source)}:${lsn}`)
    .join(',');
}

const TEXT = { type: 'string' };

/** For the document. */
export const ANSWER_HEADERS = {
  etag: { ...TEXT, description: 'Of the watermark, the parameters and the format; send it as If-None-Match.' },
  'content-disposition': { ...TEXT, description: 'A name for the file.' },
  'x-millrace-watermark': { ...TEXT, description: 'The published batch that every number is from.' },
  'x-millrace-published-at': { ...TEXT, format: 'date-time', description: 'When it was published.' },
  'x-millrace-as-of': { ...TEXT, description: 'Per source the position up to which every commit is contained.' },
  'x-millrace-lag-seconds': { ...TEXT, description: 'Age of the least recent source at the moment of the answer.' },
  'x-millrace-rows': { ...TEXT, description: 'Rows of the answer, where it is known before them.' },
  'x-millrace-limit': { ...TEXT, description: 'Rows at most, where it is not known whether there are more.' },
};

/** Contents beside JSON, for the document. */
export const FILE_CONTENTS = Object.fromEntries(
  FORMATS.filter((format) => format !== 'json').map((format) => {
    const { accepted, description } = FORMAT_DEFINITIONS[format];
    const isText = format === 'csv' || format === 'ndjson';
    return [accepted[0], { schema: { type: 'string', ...(!isText && { format: 'binary' }), description } }];
  }),
);

export const NOT_MODIFIED = {
  description: 'Nothing new was published since the answer whose ETag was sent.',
  headers: ANSWER_HEADERS,
  type: 'null',
};
