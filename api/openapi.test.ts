import { createClient } from '@clickhouse/client';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../runtime/logger.ts';
import { buildApp } from './app.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly { readonly name: string; readonly description?: string }[];
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly securitySchemes?: object };
}

const client = createClient({ url: 'http://127.0.0.1:1' });
let text: string;
let document: Document;

beforeAll(async () => {
  const app = await buildApp({ client, logger: createLogger({ name: 'api', level: 'fatal' }) });
  text = (await app.inject('/openapi.json')).body;
  document = JSON.parse(text);
  await app.close();
});
afterAll(() => client.close());

const operations = () => Object.values(document.paths).flatMap((methods) => Object.values(methods));

test('holds to the recommended rules, with examples that fit their schemas', async () => {
  const config = await createConfig({
    extends: ['recommended'],
    rules: {
      'no-invalid-schema-examples': 'error',
      'no-invalid-media-type-examples': 'error',
      // Health and metrics are open to all; where keys are off there is no scheme to name at all.
      'security-defined': 'off',
    },
  });
  const problems = await lintFromString({ source: text, absoluteRef: 'openapi.json', config });
  expect(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`)).toEqual([]);
});

test('names every operation once, and describes every parameter', () => {
  const ids = operations().map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { operationId, parameters = [] } of operations()) {
    for (const { name, description } of parameters) expect(description, `${operationId} ${name}`).toBeTruthy();
  }
});
