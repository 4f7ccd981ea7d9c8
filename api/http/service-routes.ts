import type { FastifyInstance } from 'fastify';
import { metricsOfAll } from '../../runtime/metrics.ts';
import { setLagGauges } from '../lag/gauges.ts';
import { readLag } from '../lag/lag.ts';
import type { ApiMetrics } from '../metrics.ts';
import { readParameters } from '../parameters/read-parameters.ts';
import { problemResponses } from '../problems/problem-schema.ts';
import type { WarehouseReader } from '../warehouse-reader.ts';
import { clientGone } from './client-gone.ts';

const STATUS_SCHEMA = {
  type: 'object',
  required: ['status'],
  properties: { status: { type: 'string' } },
  examples: [{ status: 'ok' }],
};

/** Metrics are wanted most when the warehouse hangs. */
const LAG_TIMEOUT_MS = 2_000;

function textAnswer(description: string, type: string): object {
  return { description, content: { [type]: { schema: { type: 'string' } } } };
}

/** Health, metrics and the OpenAPI document. */
export function addServiceRoutes(
  app: FastifyInstance,
  context: { reader: WarehouseReader; metrics: ApiMetrics; otherMetrics: () => Readonly<Record<string, string>> },
): void {
  const { reader, metrics, otherMetrics } = context;
  const answer = (description: string) => ({
    description,
    content: { 'application/json': { schema: STATUS_SCHEMA } },
  });

  app.get(
    '/health/live',
    {
      schema: {
        tags: ['operations'],
        summary: 'Does the process answer?',
        response: { 200: answer('It does.'), ...problemResponses(400, 500) },
      },
    },
    async (request, reply) => {
      readParameters({}, request.query);
      return reply.header('cache-control', 'no-store').send({ status: 'ok' });
    },
  );

  app.get(
    '/health/ready',
    {
      schema: {
        tags: ['operations'],
        summary: 'Can reports be answered?',
        response: {
          200: answer('The warehouse answers and something was published.'),
          ...problemResponses(400, 500, 503, 504),
        },
      },
    },
    async (request, reply) => {
      readParameters({}, request.query);
      await reader.forRequest(clientGone(reply)).published();
      return reply.header('cache-control', 'no-store').send({ status: 'ok' });
    },
  );

  app.get(
    '/metrics',
    {
      schema: {
        tags: ['operations'],
        summary: 'Metrics in the text format of Prometheus',
        response: {
          200: textAnswer('Metrics of the API and of the parts that run beside it.', 'text/plain'),
          ...problemResponses(400, 500),
        },
      },
    },
    async (request, reply) => {
      readParameters({}, request.query);
      const inTime = AbortSignal.any([clientGone(reply), AbortSignal.timeout(LAG_TIMEOUT_MS)]);
      await setLagGauges(metrics, () => readLag(reader.forRequest(inTime)));
      return reply.type(metrics.registry.contentType).send(await metricsOfAll(metrics.registry, otherMetrics()));
    },
  );

  app.get(
    '/openapi.json',
    {
      schema: {
        tags: ['documentation'],
        summary: 'This API as an OpenAPI 3.1 document',
        response: {
          200: {
            description: 'The document.',
            content: { 'application/json': { schema: { type: 'object', additionalProperties: true } } },
          },
          ...problemResponses(400, 500),
        },
      },
    },
    async (request, reply) => {
      readParameters({}, request.query);
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(app.swagger()));
    },
  );
}
