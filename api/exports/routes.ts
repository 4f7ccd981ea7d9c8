import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Caller, currentCall, noteAnswer, visibleRows } from '../access/caller.ts';
import { covers, neededFor } from '../access/scopes.ts';
import { API_ERRORS } from '../errors.ts';
import { FORMAT_DEFINITIONS } from '../formats/format.ts';
import { clientGone } from '../http/client-gone.ts';
import { matchesTag } from '../http/entity-tag.ts';
import { readParameters } from '../parameters/read-parameters.ts';
import { ApiError } from '../problems/problem.ts';
import { readAskedExport } from './asked-export.ts';
import { readRange } from './byte-range.ts';
import { type ExportRecord, isFinished } from './export-record.ts';
import type { Exportable } from './exportable.ts';
import type { Exports, KnownExport } from './exports.ts';
import {
  ACCEPT_RESPONSES,
  ASKED_SCHEMA,
  DROP_RESPONSES,
  FILE_RESPONSES,
  ID,
  LIST_RESPONSES,
  RANGE_HEADERS,
  STATUS_RESPONSES,
} from './schemas.ts';
import { exportAddress, exportText, fileNameOf } from './shown-export.ts';

const RETRY_AFTER_SECONDS = '1';
/** What is asked for decides over the rest: whoever has any right may have exports of it. */
const ANYBODY = { access: 'any' } as const;

/** `/v1/exports`: answers that are written to a file beside the request. */
export function addExports(
  app: FastifyInstance,
  { exports, exportables, keepMs }: { exports: Exports; exportables: readonly Exportable[]; keepMs: number },
): void {
  const tags = ['exports'];

  app.post(
    '/v1/exports',
    {
      config: ANYBODY,
      schema: {
        tags,
        summary: 'Write an answer to a file beside the request',
        description:
          'The whole answer to a report, a question about a cube, or a view, at the state that is the newest now (or that `as_of` of the ' +
          'request names). What the request itself would be refused with is refused at once. Look at `Location` until `status` is done.',
        body: ASKED_SCHEMA,
        response: ACCEPT_RESPONSES,
      },
    },
    async (request, reply) => {
      const gone = clientGone(reply);
      readParameters({}, request.query);
      const { exportable, params, request: asked, format } = readAskedExport(exportables, request.body);
      const scope = scopeOf(exportable, params);
      const caller = currentCall()?.caller ?? null;
      refuseWithout(caller, scope);
      const answer = await exportable.accept({ params, query: asked.query, body: asked.body, gone });
      const { fileName, published } = answer;
      const accepted = await exports.accept({
        owner: ownerOf(caller),
        scope,
        caller,
        request: asked,
        format,
        fileName,
        answer,
      });
      noteAnswer({ watermark: published.watermark, rows: null });
      void reply.code(202).header('location', exportAddress(accepted.record));
      return send(reply, accepted);
    },
  );

  app.get(
    '/v1/exports',
    { config: ANYBODY, schema: { tags, summary: 'Your exports', response: LIST_RESPONSES } },
    async (request, reply) => {
      readParameters({}, request.query);
      const all = exports.all(ownerOf(currentCall()?.caller ?? null));
      const text = `{"data":[${all.map((each) => exportText(each, keepMs)).join(',')}],"meta":{"rows":${all.length}}}\n`;
      return noStore(reply).type('application/json; charset=utf-8').send(text);
    },
  );

  app.get<{ Params: { id: string } }>(
    '/v1/exports/:id',
    {
      config: ANYBODY,
      schema: { tags, summary: 'How far an export is', params: ID, response: STATUS_RESPONSES },
    },
    async (request, reply) => {
      readParameters({}, request.query);
      return send(reply, ownExport(request.params.id));
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/v1/exports/:id',
    {
      config: ANYBODY,
      schema: {
        tags,
        summary: 'End an export, or remove it',
        description:
          'One that is under way is cancelled and stays in the list; one that has ended is removed, with its file.',
        params: ID,
        response: DROP_RESPONSES,
      },
    },
    async (request, reply) => {
      readParameters({}, request.query);
      const dropped = await exports.drop(ownerOf(currentCall()?.caller ?? null), request.params.id);
      return dropped === 'removed' ? reply.code(204).send() : send(reply, dropped);
    },
  );

  app.get<{ Params: { id: string } }>(
    '/v1/exports/:id/file',
    {
      config: ANYBODY,
      // Parts are parts of the file, not of what it is compressed to.
      compress: false,
      schema: {
        tags,
        summary: 'The file of an export',
        description: 'As it is on disk, uncompressed; a download that broke off goes on with `Range`.',
        params: ID,
        headers: RANGE_HEADERS,
        response: FILE_RESPONSES,
      },
    },
    async (request, reply) => {
      readParameters({}, request.query);
      const { record } = ownExport(request.params.id);
      // Rights may have become fewer since.
      refuseWithout(currentCall()?.caller ?? null, record.scope);
      if (!isFinished(record)) throw new ApiError(API_ERRORS.exportUnfinished, `it is ${record.status}`);
      if (record.status !== 'done') {
        const why = record.problem === null ? 'it was cancelled' : `it failed with ${record.problem.code}`;
        throw new ApiError(API_ERRORS.exportWithoutFile, why);
      }
      noteAnswer({ watermark: record.published.watermark, rows: record.rows });
      return sendFile(request, reply, { record, path: exports.filePath(record.id) });
    },
  );

  function ownExport(id: string): KnownExport {
    return exports.one(ownerOf(currentCall()?.caller ?? null), id);
  }

  function send(reply: FastifyReply, known: KnownExport): FastifyReply {
    if (!isFinished(known.record)) void reply.header('retry-after', RETRY_AFTER_SECONDS);
    const text = `{"data":${exportText(known, keepMs)},"meta":{"rows":1}}\n`;
    return noStore(reply).type('application/json; charset=utf-8').send(text);
  }
}

function noStore(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'no-store');
}

/** Whoever asks, with the rows that they see: when these are others, the file is not theirs any more. */
function ownerOf(caller: Caller | null): string {
  return caller === null ? '' : JSON.stringify([caller.kind, caller.id, visibleRows()]);
}

/** What the request itself needs. */
function scopeOf({ route }: Exportable, params: Readonly<Record<string, string>>): string {
  const needed = neededFor(route, params);
  if (typeof needed === 'object' && 'scope' in needed) return needed.scope;
  throw new Error(`${route} needs no scope of its own`);
}

function refuseWithout(caller: Caller | null, scope: string): void {
  if (caller === null || covers(caller.scopes, { scope })) return;
  throw new ApiError(API_ERRORS.scopeMissing, `it needs the scope ${scope}`);
}

/** https://www.rfc-editor.org/rfc/rfc9110#section-14 */
async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { record, path }: { record: ExportRecord; path: string },
): Promise<FastifyReply> {
  const { published, rows, bytes, sha256 } = record;
  const tag = `"${sha256}"`;
  void reply.headers({
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    etag: tag,
    'content-disposition': `attachment; filename="${fileNameOf(record)}"`,
    'x-millrace-watermark': published.watermark,
    'x-millrace-published-at': published.publishedAt,
    'x-millrace-rows': String(rows),
  });
  if (matchesTag(request.headers['if-none-match'], tag)) return reply.code(304).send();
  const { range: asked } = request.headers;
  const ifRange = request.headers['if-range'];
  const range = readRange(
    { range: asked, ifRange: ifRange === undefined ? undefined : String(ifRange) },
    { bytes, tag },
  );
  if (range === 'unsatisfiable') {
    for (const name of [
      'etag',
      'content-disposition',
      'x-millrace-watermark',
      'x-millrace-published-at',
      'x-millrace-rows',
    ]) {
      reply.removeHeader(name);
    }
    void reply.header('content-range', `bytes */${bytes}`);
    throw new ApiError(API_ERRORS.rangeNotSatisfiable, `it has ${bytes} bytes`);
  }
  // Held from now on: it may be removed while it is sent.
  const file = await open(path).catch((error: unknown) => {
    throw new ApiError(API_ERRORS.exportUnknown, 'its file is not there any more', { cause: error });
  });
  const { first, last } = range === 'whole' ? { first: 0, last: bytes - 1 } : range;
  void reply.headers({
    'content-type': FORMAT_DEFINITIONS[record.format].contentType,
    'content-length': String(last - first + 1),
    ...(range !== 'whole' && { 'content-range': `bytes ${first}-${last}/${bytes}` }),
  });
  void reply.code(range === 'whole' ? 200 : 206);
  // Of `HEAD` nothing is read; of nothing there is no last byte. As a stream, whose length is not asked for.
  if (request.method === 'HEAD' || bytes === 0) {
    await file.close();
    return reply.send(Readable.from([]));
  }
  return reply.send(file.createReadStream({ start: first, end: last }));
}
