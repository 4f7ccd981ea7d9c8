import type { FastifyInstance } from 'fastify';
import { clientGone } from '../http/client-gone.ts';
import { readParameters } from '../parameters/read-parameters.ts';
import { problemResponses } from '../problems/problem-schema.ts';
import { AS_OF_SCHEMA, META_EXAMPLE } from '../reports/meta-schema.ts';
import type { WarehouseReader } from '../warehouse-reader.ts';
import { lagText, readLag } from './lag.ts';
import { RESULTS_SCHEMA, SCHEDULES_SCHEMA } from './upkeep-schema.ts';

const TEXT = { type: ['string', 'null'] };
const MOMENT = { type: ['string', 'null'], format: 'date-time' };
const SECONDS = { type: ['number', 'null'] };

const TABLE_SCHEMA = {
  type: 'object',
  required: ['schema', 'table', 'state', 'code', 'remedy', 'since', 'rejected_rows'],
  properties: {
    schema: { type: 'string' },
    table: { type: 'string' },
    state: {
      type: 'string',
      description: 'waiting, snapshotting, degraded, paused, quarantined, resyncing or excluded.',
    },
    code: { ...TEXT, description: 'Why; `millrace explain CODE` says more.' },
    detail: TEXT,
    remedy: TEXT,
    since: MOMENT,
    rejected_rows: { type: 'integer', description: 'Rows in `millrace.rejected` since the table was built.' },
    snapshot_rows: { type: 'integer' },
    snapshot_bytes: { type: 'integer', description: 'Of the rows that are copied, as text.' },
    snapshot_done: { type: 'number', description: 'Share of the copy that is durable, 0 to 1.' },
    snapshot_rows_per_second: {
      type: ['number', 'null'],
      description: 'Of the last minute; null unless it is copied.',
    },
    snapshot_seconds_left: { type: ['number', 'null'], description: 'At that rate; null while it is not known.' },
  },
  additionalProperties: false,
};

const VERIFICATION_SCHEMA = {
  type: ['object', 'null'],
  description: 'What `millrace verify` found last, table by table or model by model; null while nothing was verified.',
  properties: {
    since: { ...MOMENT, description: 'Every one was verified since then.' },
    compared: { type: 'integer', description: 'Tables or models.' },
    differing: { type: 'integer', description: 'Of them, those in which rows differ.' },
    undecided: { type: 'integer' },
    skipped: { type: 'integer', description: 'Could not be compared.' },
    differing_rows: { type: 'integer', description: 'Rows that differ and were not put right.' },
  },
  additionalProperties: false,
};

const MODELS_SCHEMA = {
  type: ['object', 'null'],
  description: 'Which version of the models the reports are made of; null while there is none.',
  required: ['version', 'folder', 'since', 'is_rolled_back', 'last'],
  properties: {
    version: { type: ['integer', 'null'], description: 'As `millrace models history` numbers them.' },
    folder: { ...TEXT, description: 'Hash of its files.' },
    since: MOMENT,
    is_rolled_back: {
      type: 'boolean',
      description: 'A restart takes no other folder up until `millrace models run` is said.',
    },
    last: {
      type: ['object', 'null'],
      description: 'The last version that was to take its place, while it is built or when it was not taken up.',
      required: ['version', 'state', 'folder', 'since', 'code', 'detail', 'progress'],
      properties: {
        version: { type: 'integer' },
        state: { type: 'string', enum: ['building', 'testing', 'failed', 'cancelled'] },
        folder: { type: 'string' },
        since: MOMENT,
        code: { ...TEXT, description: 'Why; `millrace explain CODE` says more.' },
        detail: TEXT,
        progress: {
          type: ['object', 'null'],
          description: 'Null unless it is being built.',
          properties: {
            model: { ...TEXT, description: 'Whose keys are computed now.' },
            tablesDone: { type: 'integer' },
            tablesTotal: { type: 'integer' },
            keysDone: { type: 'integer' },
            keysTotal: { type: 'integer', description: 'An estimate.' },
            secondsLeft: SECONDS,
          },
          additionalProperties: false,
        },
      },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
};

const SOURCE_SCHEMA = {
  type: 'object',
  required: ['source', 'state', 'captured_lsn', 'captured_rows', 'is_whole', 'published_lsn', 'lag_seconds', 'tables'],
  properties: {
    source: { type: 'string' },
    state: { type: 'string', description: 'What capture of this source is doing.' },
    captured_lsn: { ...TEXT, description: 'Everything up to here is in the replicas.' },
    captured_committed_at: MOMENT,
    captured_rows: { type: 'integer', description: 'Rows written to the replicas so far.' },
    head_lsn: { ...TEXT, description: 'End of the WAL of the source when it was last asked.' },
    is_whole: {
      type: 'boolean',
      description:
        'The tables that the reports are made of are of one moment. False while the source is copied, or one of them is ' +
        'paused, quarantined or built anew: the reports stay at `published_lsn` then, those of the other sources go on.',
    },
    published_lsn: { ...TEXT, description: 'Everything up to here is in the reports; null before the first.' },
    published_committed_at: MOMENT,
    lag_seconds: {
      type: 'object',
      description:
        'Null until the first time. `capture`: since the replicas were known to have all that the source had. ' +
        '`publish`: how much older the reports are than the replicas. `total`: since the reports had all.',
      required: ['capture', 'publish', 'total'],
      properties: { capture: SECONDS, publish: SECONDS, total: SECONDS },
    },
    capture: {
      type: ['object', 'null'],
      description: 'What capture does, as it last said itself; null before it did.',
      required: ['state', 'code', 'detail', 'remedy', 'seen_at'],
      properties: {
        state: { type: 'string', description: 'connecting, snapshotting, streaming, retrying, failed or stopped.' },
        code: { ...TEXT, description: 'Of its last failure; `millrace explain CODE` says more.' },
        detail: TEXT,
        remedy: TEXT,
        seen_at: MOMENT,
      },
      additionalProperties: false,
    },
    wal: {
      type: ['object', 'null'],
      description: 'WAL that the source keeps for us, and how long that can go on; null while it is not known.',
      required: ['level', 'retained_bytes', 'limit_bytes', 'bytes_per_second', 'seconds_left'],
      properties: {
        level: { type: 'string', enum: ['ok', 'low', 'critical', 'lost'] },
        retained_bytes: { type: 'integer' },
        limit_bytes: { type: ['integer', 'null'], description: 'Null without a limit: then it may fill the disk.' },
        bytes_per_second: { type: 'number', description: 'Rate at which the source writes WAL.' },
        seconds_left: { ...SECONDS, description: 'Until the limit at that rate, if nothing more were confirmed.' },
      },
      additionalProperties: false,
    },
    waits_for: {
      type: ['object', 'null'],
      description: 'With a broker between: the partition that has held the position back for more than ten seconds.',
      required: ['topic', 'partition', 'loaded', 'wanted', 'since'],
      properties: {
        topic: { type: 'string' },
        partition: { type: 'integer', description: '-1: all of them, for a table that is to take its place.' },
        loaded: { type: 'integer', description: 'Offset that is loaded.' },
        wanted: { type: 'integer', description: 'Offset that is waited for.' },
        since: MOMENT,
      },
      additionalProperties: false,
    },
    verification: VERIFICATION_SCHEMA,
    tables: {
      type: 'object',
      required: ['counts', 'not_streaming'],
      properties: {
        counts: { type: 'object', additionalProperties: { type: 'integer' }, description: 'Tables by state.' },
        not_streaming: { type: 'array', items: TABLE_SCHEMA },
      },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
};

const EXAMPLE = {
  data: [
    {
      source: 'order',
      state: 'streaming',
      captured_lsn: '0/1A2B3C8',
      captured_committed_at: '2026-11-21T09:59:59.871204Z',
      captured_rows: 69659,
      head_lsn: '0/1A2B3C8',
      is_whole: true,
      published_lsn: '0/1A2B3C8',
      published_committed_at: '2026-11-21T09:59:59.871204Z',
      lag_seconds: { capture: 0.104, publish: 0.206, total: 0.31 },
      capture: { state: 'streaming', code: null, detail: null, remedy: null, seen_at: '2026-11-21T09:59:59.000000Z' },
      wal: {
        level: 'ok',
        retained_bytes: 1048576,
        limit_bytes: 10737418240,
        bytes_per_second: 52000,
        seconds_left: 206466,
      },
      verification: {
        since: '2026-11-21T09:45:00.000000Z',
        compared: 4,
        differing: 0,
        undecided: 0,
        skipped: 1,
        differing_rows: 0,
      },
      tables: {
        counts: { streaming: 4, paused: 1 },
        not_streaming: [
          {
            schema: 'public',
            table: 'carts',
            state: 'paused',
            code: 'INGEST_TABLE_PAUSED',
            detail: null,
            remedy: '`millrace tables resume` takes it in again; it is built anew then',
            since: '2026-11-21T09:30:00.000000Z',
            rejected_rows: 0,
            snapshot_rows: 0,
            snapshot_bytes: 0,
            snapshot_done: 0,
            snapshot_rows_per_second: null,
            snapshot_seconds_left: null,
          },
        ],
      },
    },
  ],
  meta: { ...META_EXAMPLE, rows: 1 },
};

export function addLag(app: FastifyInstance, warehouse: WarehouseReader): void {
  const schema = {
    tags: ['operations'],
    summary: 'How far each source is: captured, published, behind by how much',
    response: {
      200: {
        description: 'One row per source.',
        content: {
          'application/json': {
            schema: {
              type: 'object',
              required: ['data', 'meta'],
              properties: {
                data: { type: 'array', items: SOURCE_SCHEMA },
                meta: {
                  type: 'object',
                  properties: {
                    as_of: AS_OF_SCHEMA,
                    watermark: { type: ['integer', 'null'] },
                    published_at: MOMENT,
                    lag_seconds: SECONDS,
                    rows: { type: 'integer' },
                    models_verification: VERIFICATION_SCHEMA,
                    models: MODELS_SCHEMA,
                    tests: { ...RESULTS_SCHEMA, description: `Of the models. ${RESULTS_SCHEMA.description}` },
                    freshness: { ...RESULTS_SCHEMA, description: `Of the sources. ${RESULTS_SCHEMA.description}` },
                    schedules: SCHEDULES_SCHEMA,
                  },
                },
              },
              examples: [EXAMPLE],
            },
          },
        },
      },
      ...problemResponses(400, 500, 503, 504),
    },
  };
  app.get('/v1/lag', { schema }, async (request, reply) => {
    readParameters({}, request.query);
    const lag = await readLag(warehouse.forRequest(clientGone(reply)));
    return reply.header('cache-control', 'no-store').type('application/json; charset=utf-8').send(lagText(lag));
  });
}
