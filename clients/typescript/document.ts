/** Prints the API's OpenAPI document; no warehouse is needed for it. */
import { createClient } from '@clickhouse/client';
import { buildApp } from '../../api/app.ts';
import { createLogger } from '../../runtime/logger.ts';

const client = createClient({ url: 'http://127.0.0.1:1' });
const app = await buildApp({ client, logger: createLogger({ name: 'document', level: 'fatal' }) });
process.stdout.write((await app.inject('/openapi.json')).body);
await app.close();
await client.close();
