import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';
import { lackingForTestBroker, startTestBroker, type TestBroker } from '../../changelog/kafka/testing/test-broker.ts';
import { RecordedSource, RecordingLog, type Row } from '../testing/recording-log.ts';
import { startTestPostgres, type TestPostgres } from '../testing/test-postgres.ts';
import { type JsonRow, TopicWriter, type WrittenChange } from './testing/topic-writer.ts';
import { captureTopics, type TopicsCapture, topicsClient } from './testing/topics-under-test.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const ROUNDS = 8;
const TABLES = ['public.a', 'public.b', 'public.c'] as const;
const UNAVAILABLE = '__debezium_unavailable_value';
const lacking = lackingForTestBroker();
const title = `random transactions in topics (MILLRACE_SEED=${SEED})`;

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type State = Map<string, Map<number, { id: number; n: number; big: string }>>;

/** What the source has; changes it and says what Debezium would write of it. */
class Source {
  readonly state: State = new Map(TABLES.map((table) => [table, new Map()]));
  readonly random: () => number;
  #count = 0;

  constructor(random: () => number) {
    this.random = random;
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  change(): WrittenChange[] {
    const table = TABLES[this.below(TABLES.length)] as string;
    const rows = this.state.get(table)!;
    const id = this.below(30);
    const row = rows.get(id);
    const n = ++this.#count;
    const kind = this.random();
    if (kind < 0.01) {
      rows.clear();
      return [{ table, op: 't', key: null }];
    }
    if (row === undefined) {
      const made = { id, n, big: `big ${n}` };
      rows.set(id, made);
      return [{ table, op: 'c', key: { id }, after: made }];
    }
    if (kind < 0.2) {
      rows.delete(id);
      return [{ table, op: 'd', key: { id }, before: { id, n: 0, big: null } }];
    }
    const isBigKept = this.random() < 0.5;
    const to = kind < 0.4 ? 30 + this.below(10) : id;
    if (to !== id && rows.has(to)) return [];
    const changed = { id: to, n, big: isBigKept ? row.big : `big ${n}` };
    rows.delete(id);
    rows.set(to, changed);
    const after = { ...changed, big: isBigKept ? UNAVAILABLE : changed.big };
    if (to === id) return [{ table, op: 'u', key: { id }, after }];
    return [
      {
        table,
        op: 'd',
        key: { id },
        before: { id, n: 0, big: null },
        headers: { '__debezium.newkey': JSON.stringify({ id: to }) },
      },
      { table, op: 'c', key: { id: to }, after, headers: { '__debezium.oldkey': JSON.stringify({ id }) } },
    ];
  }

  rows(): { table: string; key: JsonRow; row: JsonRow }[] {
    return [...this.state].flatMap(([table, rows]) =>
      [...rows.values()].map((row) => ({ table, key: { id: row.id }, row })),
    );
  }

  /** As `RecordedSource.rows` has it. */
  picture(): string {
    return pictureOf((table) =>
      [...this.state.get(table)!.values()].map(({ id, n, big }) => ({ id: `${id}`, n: `${n}`, big })),
    );
  }
}

function pictureOf(rowsOf: (table: string) => Row[]): string {
  return TABLES.map(
    (table) =>
      `${table} ${rowsOf(table)
        .map((row) => JSON.stringify(row))
        .sort()
        .join(' ')}`,
  ).join('\n');
}

describe.skipIf(lacking !== null)(lacking === null ? title : `${title} (skipped: ${lacking})`, () => {
  let broker: TestBroker;
  let postgres: TestPostgres;
  let client: KafkaClient;
  let running: TopicsCapture | null = null;

  beforeAll(async () => {
    [broker, postgres] = await Promise.all([startTestBroker(), startTestPostgres()]);
    client = topicsClient(broker.address);
  }, 120_000);

  afterAll(async () => {
    await running?.stop();
    await client?.close();
    await Promise.all([broker?.stop(), postgres?.stop()]);
  });

  test('are exact at every position, over partitions, with a connector and a capture that are killed again and again', async () => {
    // However many come by chance.
    expect(await play('random', { isReadAnew: false })).toBeGreaterThan(ROUNDS * 5);
  }, 90_000);

  test('are exact as well where they are read anew in between', async () => {
    await play('anew', { isReadAnew: true });
  }, 90_000);

  /** Answers how many positions were compared. */
  async function play(name: string, { isReadAnew }: { isReadAnew: boolean }): Promise<number> {
    const source = new Source(randomOf(SEED));
    const url = await postgres.createDatabase(name);
    const connection = await postgres.connect(name);
    for (const table of [...TABLES, 'public.skipped'])
      await connection.query(`create table ${table} (id int primary key, n int, big text)`);
    const writer = new TopicWriter({
      client,
      prefix: name,
      partitions: 3,
      lsn: 5_000n,
      withSchemas: SEED % 2 === 0,
    });
    await writer.createTopics([...TABLES, 'public.skipped']);

    for (let i = 0; i < 60; i++) source.change();
    // A copy that a restart of the connector began anew: some rows are gone, and others there, by the second time.
    writer.copy(source.rows().slice(0, 20), 4_000n, false);
    for (let i = 0; i < 60; i++) source.change();
    writer.copy(source.rows(), 5_000n);
    /** What the tables were at each position. */
    const pictures = new Map<bigint, string>([[5_000n, source.picture()]]);

    let recorded = new RecordedSource();
    let log = new RecordingLog({ autoDurable: false }, recorded);
    let confirmed = 0;
    let compared = 0;
    const start = (): TopicsCapture => {
      confirmed = 0;
      return captureTopics({
        name,
        url,
        log,
        source: { exclude: ['skipped'] },
        debezium: { brokers: [broker.address], prefix: name },
        timing: { drainMs: 0, maxPartitionBytes: 2_000, maxBufferedBytes: 20_000 },
      });
    };
    const stopped = (): string =>
      (running?.capture.progress().tables ?? [])
        .filter(({ phase }) => phase !== 'streaming')
        .map(({ name, phase, detail }) => `, ${name} is ${phase}: ${detail}`)
        .join('');
    /** Makes some of what was handed over durable, one position after the other, and looks at each. */
    const confirmSome = (share: number): void => {
      const all = recorded.commits;
      const until = Math.floor(confirmed + (all.length - confirmed) * share);
      for (; confirmed < until; confirmed++) {
        const endLsn = all[confirmed] as bigint;
        const isNew = endLsn > recorded.durableLsn;
        log.confirm(endLsn);
        // Handed to a former opening of the log, as before a reading anew: it comes again.
        if (recorded.durableLsn < endLsn) continue;
        const expected = pictures.get(endLsn);
        const consistentLsn = recorded.state?.consistentLsn ?? null;
        if (!isNew || expected === undefined || consistentLsn === null || endLsn < consistentLsn) continue;
        compared++;
        expect(
          pictureOf((table) => recorded.rows(table)),
          `at ${endLsn}${stopped()}`,
        ).toBe(expected);
      }
      // Positions behind the last one, without a row that is captured.
      if (until === all.length) log.confirm();
    };

    running = start();
    let lastEndLsn = 5_000n;
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < 25; i++) {
        const changes: WrittenChange[] = [];
        for (let n = source.below(10); n >= 0; n--) changes.push(...source.change());
        if (source.random() < 0.2) changes.push({ table: 'public.skipped', op: 'c', key: { id: i }, after: { id: i } });
        lastEndLsn = writer.transaction(changes, { back: BigInt(source.below(3) * 20) });
        pictures.set(lastEndLsn, source.picture());
        if (source.random() < 0.1) writer.incremental(source.rows().filter(() => source.random() < 0.3));
        // Killed: what was emitted lately comes again, from the middle of a transaction too.
        if (source.random() < 0.1) writer.sendAgain(Math.max(200, writer.emitted.length - source.below(60)));
      }
      // What is in the topics at first may end in the middle of a transaction.
      await writer.flush(writer.emitted.length - source.below(10));
      if (source.random() < 0.5)
        await running.until('something to come', ({ progress }) => progress().transactions > 3, 300).catch(() => {});
      confirmSome(source.random());
      await writer.flush();
      // Twice, once at least with something of it still on its way.
      if (isReadAnew && (round === 2 || round === 5)) {
        await running.until('the reading before', () => recorded.state?.epoch === (round === 2 ? 1 : 2));
        await running.capture.resyncSource();
      }
      if (source.random() < 0.6) {
        const [stopped, left] = [running, recorded.copy()];
        recorded = left;
        log = new RecordingLog({ autoDurable: false }, recorded);
        await stopped.stop();
        running = start();
      }
    }
    const end = lastEndLsn;
    await running.until('the end', ({ progress }) => {
      confirmSome(1);
      return progress().receivedLsn >= end && recorded.state?.consistentLsn != null;
    });
    confirmSome(1);
    expect(recorded.state?.epoch).toBe(isReadAnew ? 3 : 1);
    expect(pictureOf((table) => recorded.rows(table))).toBe(source.picture());
    expect(running.capture.progress().tables.filter(({ phase }) => phase !== 'streaming')).toEqual([]);
    await running.stop();
    return compared;
  }
});
