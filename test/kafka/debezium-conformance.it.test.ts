import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';
import {
  DEBEZIUM_ENVELOPE,
  DEFAULT_ENVELOPE,
  type EnvelopeOptions,
} from '../../changelog/kafka/envelope/envelope-options.ts';
import type { RelationRecord } from '../../changelog/kafka/relation-record.ts';
import { lackingForTestBroker, startTestBroker, type TestBroker } from '../../changelog/kafka/testing/test-broker.ts';
import { sourceConfig } from '../../ingest/testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../ingest/testing/test-postgres.ts';
import { type CaptureIntoKafka, captureIntoKafka, testClient } from './kafka-scene.ts';
import { readTopic } from './read-topics.ts';

/**
 * What a real Debezium (3.7.0.Final, its options under each name as below) wrote for the statements beside it, and what we
 * write for the same statements on a real Postgres. What differs on purpose is listed in changelog/kafka/README.md.
 */
const CONNECTORS: Readonly<Record<string, EnvelopeOptions>> = {
  s_default: DEBEZIUM_ENVELOPE,
  s_string: { ...DEBEZIUM_ENVELOPE, decimal: 'string' },
  s_iso: { ...DEFAULT_ENVELOPE, decimal: 'double', binary: 'hex', hstore: 'map' },
};

type Row = Record<string, unknown>;

interface Message {
  readonly topic: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly key: Row | null;
  readonly value: { before: Row | null; after: Row | null; op: string } | null;
}

/** Above it a row has values out of line: the recording leaves those messages out. */
const LARGE_BYTES = 6_000;

/** A step that the recording has not kept. */
const MOVE = 'update t_default set id = 12 where id = 11;';

function recorded(): (Message & { connector: string; case: string })[] {
  const text = readFileSync(join(import.meta.dirname, 'fixture', 'debezium.jsonl'), 'utf8');
  return (
    text
      .trim()
      .split('\n')
      // With precise decimals its headers have other keys than its keys have: numbers.
      .map((line) =>
        JSON.parse(line.includes('"s_default"') ? line.replaceAll('\\"c\\":2.50}', '\\"c\\":\\"APo=\\"}') : line),
      )
      .map((message) => message as Message & { connector: string; case: string })
  );
}

function statements(): { setUp: string; steps: string[] } {
  const text = readFileSync(join(import.meta.dirname, 'fixture', 'statements.sql'), 'utf8');
  const [setUp = '', rest = ''] = text.split(/^-- steps.*$/m);
  // The recording has had a row moved to where this step deletes it.
  const moved = rest.replace('delete from t_default where id=12;', `${MOVE}\n$&`);
  return { setUp, steps: moved.split('\n').filter((line) => line !== '' && !line.startsWith('-- ')) };
}

/** Up to where the table's columns are changed: then a table is copied anew by us. Without what `MOVE` brings. */
function upToChange(messages: readonly Message[]): Message[] {
  const changed = messages.findIndex(({ value }) => value?.after != null && 'extra' in value.after);
  return (changed < 0 ? [...messages] : messages.slice(0, changed)).filter(
    ({ topic, headers }) =>
      topic !== 'public.t_default' ||
      (headers['__debezium.newkey'] !== '{"id":12}' && headers['__debezium.oldkey'] !== '{"id":11}'),
  );
}

/** What is compared of a table's topic, in its order. */
function comparable(messages: readonly Message[], mask: (row: Row) => Row = withoutUnlike): unknown[] {
  return messages.map(({ headers, key, value }) => ({
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, JSON.parse(text) as unknown])),
    key,
    value: value && {
      op: value.op,
      // A delete by key has nothing but the key; Debezium fills the columns that may not be null.
      before: value.before && (value.op === 'd' && value.after === null ? onlyKey(value.before, key) : value.before),
      after: value.after && mask(value.after),
    },
  }));
}

/** Columns that only one of the two has: composites are ours alone, generated columns are in Debezium's snapshot alone. */
function withoutUnlike({ gen: _gen, cmp: _cmp, ...row }: Row): Row {
  return row;
}

const UNAVAILABLE = '__debezium_unavailable_value';

/** What Debezium writes, as it would be if it were right. */
function corrected(row: Row): Row {
  const right = withoutUnlike(row);
  switch (right.id) {
    case 205: // Arrays of several dimensions: null, or Java's name of an array.
      return {
        ...right,
        ia: [
          [1, 2],
          [3, 4],
        ],
        ta: [['a'], ['b']],
      };
    case 207: // The end of what a 64-bit integer, or Java's calendar, can hold; timestamptz has the text.
      return { ...right, ts: 'infinity' };
    case 212: // NULL, or a word of its own.
      return { ...right, nfree: 'NaN' };
    case 214:
      return { ...right, nfree: 'Infinity' };
  }
  if (Array.isArray(right.big_ia)) {
    // Its integers are the letters of what stands for the value; a number that was left out is NULL.
    return { ...right, big_ia: [UNAVAILABLE], big_num: UNAVAILABLE };
  }
  return right;
}

function onlyKey(row: Row, key: Row | null): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => key === null || name in key));
}

const lacking = lackingForTestBroker();
const title = 'messages like Debezium’s';

describe.skipIf(lacking !== null)(lacking === null ? title : `${title} (skipped: ${lacking})`, () => {
  let broker: TestBroker;
  let postgres: TestPostgres;
  let client: KafkaClient;
  const written = new Map<string, Map<string, Message[]>>();
  const transactions: Row[] = [];

  beforeAll(async () => {
    [broker, postgres] = await Promise.all([startTestBroker(), startTestPostgres()]);
    client = testClient(broker.address);
    const url = await postgres.createDatabase('samp');
    const connection = await postgres.connect('samp');
    const { setUp, steps } = statements();
    await connection.query(setUp);
    await connection.query('create publication everything for all tables');
    const captures: CaptureIntoKafka[] = [];
    for (const [name, format] of Object.entries(CONNECTORS)) {
      await connection.query(
        `create publication ${name}_publication for all tables with (publish_via_partition_root = false)`,
      );
      captures.push(
        captureIntoKafka({
          address: broker.address,
          source: sourceConfig(name, url, { schemas: ['public', 'other'], exclude: ['not_captured', 'dbz_signal'] }),
          log: {
            databases: { [name]: 'samp' },
            format,
            topics: { prefix: '', partitions: 1, replication: 1, settings: {} },
          },
        }),
      );
    }
    for (const capture of captures) await capture.caughtUp(connection);
    for (const step of steps) {
      // A table that is changed while its former rows are on their way is copied anew by us.
      if (step.startsWith('alter table')) for (const capture of captures) await capture.caughtUp(connection);
      await connection.query(step);
    }
    for (const capture of captures) await capture.caughtUp(connection);
    await Promise.all(captures.map((capture) => capture.stop()));
    const relations = (await readTopic(client, 'millrace.relations')).map(
      ({ value }) => JSON.parse(String(value)) as RelationRecord,
    );
    for (const { topic, relation } of relations) {
      const byTable = written.get(relation.source) ?? new Map<string, Message[]>();
      written.set(relation.source, byTable);
      const name = `${relation.schema}.${relation.table}`;
      if (!byTable.has(name)) byTable.set(name, await messagesOf(topic, name));
    }
    for (const { value } of await readTopic(client, 's_string.transaction'))
      transactions.push(JSON.parse(String(value)));
  }, 240_000);

  afterAll(async () => {
    await client?.close();
    await Promise.all([broker?.stop(), postgres?.stop()]);
  });

  async function messagesOf(topic: string, table: string): Promise<Message[]> {
    const messages: Message[] = [];
    for (const { key, value, headers } of await readTopic(client, topic)) {
      if ((value?.length ?? 0) > LARGE_BYTES) continue;
      const parsed = value === null ? null : JSON.parse(value.toString());
      messages.push({
        topic: table,
        headers: Object.fromEntries(
          Object.entries(headers)
            .filter(([name]) => name.startsWith('__debezium'))
            .map(([name, bytes]) => [name, bytes.toString()]),
        ),
        key: key === null ? null : JSON.parse(key.toString()),
        value: parsed && { before: parsed.before, after: parsed.after, op: parsed.op },
      });
    }
    return messages;
  }

  const TABLES = [
    'public.t_default',
    'public.t_full',
    'public.t_cpk',
    'public.t_uuidpk',
    'public.t_ext',
    'public.t_all',
    'public.t_toast',
    'other.t',
  ];

  test.each(Object.keys(CONNECTORS))('the same keys, operations, rows and order as %s', (connector) => {
    const expected = recorded().filter((message) => message.connector === connector);
    const theirs: Record<string, unknown> = {};
    const ours: Record<string, unknown> = {};
    for (const table of TABLES) {
      theirs[table] = comparable(upToChange(expected.filter(({ topic }) => topic === table)), corrected);
      const messages = written.get(connector)?.get(table) ?? [];
      // One was without a snapshot; truncates are left out by Debezium unless it is told not to.
      const streamed = messages.filter(
        ({ value }) => (connector !== 's_iso' || value?.op !== 'r') && (connector === 's_string' || value?.op !== 't'),
      );
      ours[table] = comparable(upToChange(streamed));
    }
    expect(ours).toEqual(theirs);
  });

  test('the same transactions with the same counts', () => {
    interface End {
      status: string;
      event_count: number | null;
      data_collections: { data_collection: string; event_count: number }[] | null;
    }
    const ofTables = (ends: readonly End[]): unknown[] =>
      ends
        .filter(({ status, data_collections }) => {
          const names = data_collections?.map(({ data_collection }) => data_collection) ?? [];
          return status === 'END' && names.length > 0 && names.every((name) => TABLES.includes(name));
        })
        .map(({ event_count, data_collections }) => ({
          event_count,
          // Theirs are in the order of a hash.
          data_collections: data_collections?.toSorted((a, b) => a.data_collection.localeCompare(b.data_collection)),
        }));
    const ends = recorded().filter(({ connector, topic }) => connector === 's_string' && topic === 'transaction');
    // Up to where a table is changed, as above.
    const before = ends.slice(
      0,
      ends.findIndex((end) => end.case === 'insert after add column'),
    );
    const theirs = ofTables(before.map(({ value }) => value as unknown as End));
    const ours = ofTables(transactions as unknown as End[]);
    // `MOVE` comes behind the first step that changes a key.
    const moved = ours.findIndex((end) => JSON.stringify(end).includes('"public.t_default","event_count":2'));
    ours.splice(moved, 1);
    expect(theirs.length).toBeGreaterThan(20);
    expect(ours.slice(0, theirs.length)).toEqual(theirs);
    const ids = transactions.map(({ id }) => id);
    for (let i = 0; i < ids.length; i += 2) expect(ids[i + 1]).toBe(ids[i]);
  });
});
