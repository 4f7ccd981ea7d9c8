import { expect, test } from 'vitest';
import { FIELD_NULL, FIELD_TEXT, FIELD_UNCHANGED, type Relation } from '../../changelog/change.ts';
import { DEBEZIUM_ENVELOPE } from '../../changelog/kafka/envelope/envelope-options.ts';
import { DebeziumEvent, READ, UPDATE } from './event.ts';
import { createRowLayout, fieldNames } from './row-layout.ts';
import { judgeFields } from './table-fields.ts';
import { readTransaction } from './transaction.ts';

const text = (typeOid: number, name: string, more = {}) => ({
  name,
  typeOid,
  typeModifier: -1,
  typeName: '',
  typeKind: 'b',
  ...more,
});
const T: Relation = {
  oid: 1,
  source: 's',
  schema: 'public',
  table: 't',
  columns: [text(23, 'id'), text(25, 'v'), text(1114, 'at')],
  keyColumns: [0],
};

const MESSAGE =
  '{"before":null,"after":{"id":1,"v":"__debezium_unavailable_value","at":null},"source":{"version":"3.7.0.Final","ts_ms":5,' +
  '"snapshot":"false","sequence":"[\\"603204904\\",\\"603204905\\"]","txId":7,"lsn":603204905,"xmin":null},' +
  '"transaction":{"id":"201087:603203840","total_order":12,"data_collection_order":3},"op":"u","ts_ms":1795228277817}';

test('reads where a row stands, and the row, of a message without and with its schema beside it', () => {
  const event = new DebeziumEvent();
  for (const value of [MESSAGE, `{"schema":{"type":"struct","payload":"no"},"payload":${MESSAGE}}`]) {
    event.read(Buffer.from(value));
    expect(event).toMatchObject({
      op: UPDATE,
      previousLsn: 603_204_904n,
      lsn: 603_204_905n,
      copying: 'no',
      transactionId: 201_087,
      totalOrder: 12,
      collectionOrder: 3,
      beforeStart: -1,
    });
    const fields = fieldNames(event.value, event.afterStart);
    expect(fields).toEqual(['id', 'v', 'at']);
    const row = createRowLayout(T, fields, DEBEZIUM_ENVELOPE).row(event.value, event.afterStart);
    expect([...(row?.kinds.subarray(0, 3) ?? [])]).toEqual([FIELD_TEXT, FIELD_UNCHANGED, FIELD_NULL]);
    expect(row?.bytes.toString('utf8', row.starts[0], row.ends[0])).toBe('1');
  }
});

test('says that a row has other fields than the layout, and names the column that cannot be read', () => {
  const bytes = Buffer.from('{"id":1,"w":"a"}');
  expect(createRowLayout(T, ['id', 'v'], DEBEZIUM_ENVELOPE).row(bytes, 0)).toBeNull();
  expect(createRowLayout(T, ['id'], DEBEZIUM_ENVELOPE).row(bytes, 0)).toBeNull();
  expect(() => createRowLayout(T, ['id', 'v'], DEBEZIUM_ENVELOPE).row(Buffer.from('{"id":1,"v":{"a":1}}'), 0)).toThrow(
    'column v',
  );
  expect(createRowLayout(T, ['id'], DEBEZIUM_ENVELOPE).key(Buffer.from('{"other":1}'), 0)).toBeNull();
});

test('tells copied rows, the last of a copy, and those of an incremental one', () => {
  const event = new DebeziumEvent();
  const copying = (snapshot: string): string => {
    event.read(
      Buffer.from(
        `{"before":null,"after":{},"source":{"snapshot":${snapshot},"sequence":"[null,\\"5\\"]","lsn":5},"op":"r"}`,
      ),
    );
    expect(event.op).toBe(READ);
    expect(event.previousLsn).toBeNull();
    return event.copying;
  };
  expect(['"first"', '"true"', '"last_in_data_collection"'].map(copying)).toEqual(['initial', 'initial', 'initial']);
  expect(['"last"', '"incremental"', '"false"'].map(copying)).toEqual(['last', 'incremental', 'no']);
});

test('refuses what is no message of Debezium, truncated ones too', () => {
  const event = new DebeziumEvent();
  for (let end = 0; end < MESSAGE.length; end++)
    expect(() => event.read(Buffer.from(MESSAGE.slice(0, end))), String(end)).toThrow(RangeError);
  for (const value of ['hello', '[]', '{}', '1'])
    expect(() => event.read(Buffer.from(value)), value).toThrow(RangeError);
});

test('reads the end of a transaction, and nothing of its begin', () => {
  const end =
    '{"status":"END","id":"201100:603207952","event_count":3,"data_collections":[{"data_collection":"public.a","event_count":2},' +
    '{"data_collection":"public.b","event_count":1}],"ts_ms":1795228278827}';
  const counts = new Map([
    ['public.a', 2],
    ['public.b', 1],
  ]);
  const transaction = { id: 201_100, endLsn: 603_207_952n, committedAtMicros: 1_795_228_278_827_000n, counts };
  expect(readTransaction(Buffer.from(end))).toEqual(transaction);
  expect(readTransaction(Buffer.from(`{"schema":{},"payload":${end}}`))).toEqual(transaction);
  expect(readTransaction(Buffer.from('{"status":"BEGIN","id":"1:2","event_count":null,"ts_ms":1}'))).toBeNull();
  for (const wrong of ['x', '{}', '{"status":"END"}', end.slice(0, 60)]) {
    expect(() => readTransaction(Buffer.from(wrong)), wrong).toThrow(RangeError);
  }
});

test('leaves out of the relation what no message has, and takes no new name for another column', () => {
  const none = new Set<string>();
  expect(judgeFields(T, ['id', 'v', 'at'], none)).toMatchObject({ kind: 'relation', missing: [] });
  // Added since, or not written yet.
  const behind = judgeFields(T, ['id', 'v'], none);
  expect(behind).toMatchObject({ kind: 'relation', missing: ['at'], relation: { keyColumns: [0] } });
  // Dropped since.
  expect(judgeFields(T, ['id', 'v', 'at', 'old'], none)).toMatchObject({ kind: 'relation', missing: [] });
  expect(judgeFields(T, ['id', 'name', 'at'], none)).toMatchObject({ kind: 'reshaped' });
  expect(judgeFields(T, ['id', 'v', 'sum'], new Set(['sum']))).toMatchObject({ kind: 'relation', missing: ['at'] });
  expect(judgeFields(T, ['v', 'at'], none).kind).toBe('keyless');
  const composite = { ...T, columns: [...T.columns, text(9, 'c', { typeKind: 'c' })] };
  expect(judgeFields(composite, ['id', 'v', 'at', 'old'], none)).toMatchObject({ kind: 'relation', missing: ['c'] });
});
