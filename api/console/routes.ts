import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { choice, publishedState } from '../parameters/parameter.ts';
import { querySchema, readParameters } from '../parameters/read-parameters.ts';
import { problemResponses } from '../problems/problem-schema.ts';
import { consolePage } from './page.ts';
import { findVendors } from './vendor.ts';

const FILES = join(import.meta.dirname, 'browser');
const SERVED = /\.(?:js|css|svg)$/;

/** Addresses of the console besides `/`; each is the same page, which reads the address. */
const PAGES = ['trends', 'customers', 'inventory', 'explore', 'reports', 'pipeline'];

/** What the overview's address can say. */
const OVERVIEW_PARAMETERS = {
  grain: choice(['day', 'week', 'month', 'quarter'], 'month', 'Length of the periods that the overview shows.'),
  as_of: publishedState('The state that every number on the page is held at. Default: it follows the newest.'),
};

/** Of all files that are served: with it in their address they can be kept for ever. */
function versionOf(folder: string): string {
  const hash = createHash('sha256');
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => SERVED.test(path));
  for (const path of paths.sort()) hash.update(`${path}\0`).update(readFileSync(join(folder, path)));
  return hash.digest('hex').slice(0, 12);
}

/**
 * The console at `/` and below `/console`: a page, its files and the libraries it uses. No data is in them: what it shows
 * it asks of the API as everybody else does, so nothing here needs a key.
 */
export async function addConsole(app: FastifyInstance): Promise<void> {
  const { modules, scripts } = findVendors();
  const filesAt = `/console/files-${versionOf(FILES)}`;
  const addresses = Object.entries(modules).map(([name, { address }]) => [name, address]);
  const { html, policy } = consolePage({
    filesAt,
    modules: Object.fromEntries(addresses),
    scripts: scripts.map(({ address }) => address),
  });
  const send = (reply: FastifyReply) =>
    reply
      .header('cache-control', 'no-cache')
      .header('content-security-policy', policy)
      .header('referrer-policy', 'same-origin')
      .header('x-content-type-options', 'nosniff')
      .type('text/html; charset=utf-8')
      .send(html);

  app.get(
    '/',
    {
      schema: {
        tags: ['documentation'],
        summary: 'The console: reports and the pipeline to look at',
        querystring: querySchema(OVERVIEW_PARAMETERS),
        response: {
          200: { description: 'The page.', content: { 'text/html': { schema: { type: 'string' } } } },
          ...problemResponses(400, 500),
        },
      },
    },
    async (request, reply) => {
      readParameters(OVERVIEW_PARAMETERS, request.query);
      return send(reply);
    },
  );
  for (const page of PAGES) {
    app.get(`/console/${page}`, { schema: { hide: true } }, async (_, reply) => send(reply));
  }

  // In a scope of its own: others may serve files their way.
  await app.register(async (scope) => {
    const kept = {
      decorateReply: false,
      index: false,
      immutable: true,
      maxAge: '365d',
      setHeaders: (reply: FastifyReply) => void reply.header('x-content-type-options', 'nosniff'),
    } as const;
    await scope.register(fastifyStatic, {
      ...kept,
      root: FILES,
      prefix: `${filesAt}/`,
      allowedPath: (path) => SERVED.test(path),
      schemaHide: true,
    });
    for (const { folder, file, prefix } of [...Object.values(modules), ...scripts]) {
      await scope.register(fastifyStatic, {
        ...kept,
        root: folder,
        prefix,
        allowedPath: (path) => path === `/${file}`,
        schemaHide: true,
      });
    }
  });
}
