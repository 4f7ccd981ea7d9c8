import type { Logger } from '../../../runtime/logger.ts';
import type { Tracing } from '../../../runtime/tracing/tracing.ts';
import type { OnTableFailure } from '../../change-log.ts';
import type { Rounds } from '../../rounds.ts';
import type { KafkaClient } from '../client/kafka-client.ts';
import type { KafkaGroup } from '../client/kafka-group.ts';
import { createCompactTopic } from '../compact-topic.ts';
import { createGroupMember } from '../group/group-member.ts';
import type { LoadedTopic, LoaderView } from '../metrics.ts';
import { waitingClient } from '../retry.ts';
import { createSourceTracing } from '../source-tracing.ts';
import { type SystemTopic, systemTopic, systemTopicSpec, type TopicSettings, transactionTopic } from '../topics.ts';
import type { LoaderTables, LoaderWarehouse } from './loader-warehouse.ts';
import { createMarkFollower } from './mark-follower.ts';
import { createOffsetCommits } from './offset-commits.ts';
import { createPositionKeeper, type PositionKeeper } from './position-keeper.ts';
import { createRejectedMessages } from './rejected-messages.ts';
import { createSourceLoader, type SourceLoader } from './source-loader.ts';

const TOPICS = ['watermarks', 'relations'] as const satisfies readonly SystemTopic[];
/** The unit of the group that stands for a source's position; no topic has such a name. */
const POSITION = 'position:';
const LAST_WRITE_MS = 5_000;

export interface SessionOptions {
  readonly client: KafkaClient;
  readonly group: KafkaGroup;
  readonly warehouse: LoaderWarehouse;
  readonly sources: readonly string[];
  /** Of this loader, for whoever looks at who has what. */
  readonly name: string;
  readonly topics: TopicSettings;
  /** Told of a table whose rows the warehouse will not take; they are left out once it has resolved. */
  readonly onTableFailure: OnTableFailure;
  /** Of all sources together; without them nobody follows what is loaded here. */
  readonly rounds?: Rounds | null;
  readonly tracing?: Tracing;
  /** What metrics see of it. */
  readonly view: LoaderView;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

interface LoadedSource {
  readonly source: string;
  readonly tables: LoaderTables;
  readonly loader: SourceLoader;
  /** Topics that the loader was given. */
  readonly known: Set<string>;
  keeper: { readonly keeper: PositionKeeper; readonly stop: () => Promise<void> } | null;
}

/**
 * One membership in the group: from joining to leaving (`left`, when the signal aborts), or until the brokers give it up
 * (`lost`). Rejects with what does not pass by itself.
 */
export async function runSession(options: SessionOptions): Promise<'left' | 'lost'> {
  const { client, group, warehouse, sources, topics, view, rounds = null, logger } = options;
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const waiting = { logger, signal };
  const patient = waitingClient(client, waiting);
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  failed.catch(() => {});
  const running: Promise<void>[] = [];
  const start = (work: Promise<void>): void => {
    work.catch(fail);
    running.push(work);
  };

  await patient.ensureTopics(TOPICS.map((name) => systemTopicSpec(name, topics)));
  const open = (name: SystemTopic) => createCompactTopic({ client, topic: systemTopic(name, topics), ...waiting });
  const relations = open('relations');
  const follower = createMarkFollower({ client: patient, topic: systemTopic('watermarks', topics), sources, signal });
  const loaded = new Map<string, LoadedSource>();
  let current: ReadonlySet<string> = new Set();
  let generation = 0;
  const member = createGroupMember({ group, units, onAssigned, onRevoked, logger, signal });
  const commits = createOffsetCommits({ group, has: (topic) => current.has(topic), logger });

  function isTable(source: string, topic: string): boolean {
    return topic !== transactionTopic(source, topics);
  }

  function tablesOf(source: string): [topic: string, partitions: number][] {
    const offsets = follower.of(source).newest()?.watermark.offsets ?? {};
    return Object.entries(offsets).flatMap(([topic, next]): [string, number][] =>
      isTable(source, topic) ? [[topic, next.length]] : [],
    );
  }

  function units(): ReadonlyMap<string, number> {
    const all = new Map<string, number>();
    for (const source of sources) {
      all.set(`${POSITION}${source}`, 0);
      for (const [topic, partitions] of tablesOf(source)) all.set(topic, partitions);
    }
    return all;
  }

  function onAssigned(assigned: { generation: number; units: readonly string[] }): void {
    ({ generation } = assigned);
    view.assignments++;
    current = new Set(assigned.units);
    for (const each of loaded.values()) {
      assignTables(each);
      if (current.has(`${POSITION}${each.source}`) && each.keeper === null) each.keeper = keep(each.source, generation);
    }
  }

  /** Again with each mark: whoever shared out may have read of a topic that this loader has not read of yet. */
  function assignTables({ source, loader, known }: LoadedSource): void {
    const fresh = tablesOf(source).flatMap(([topic]) => (current.has(topic) && !known.has(topic) ? [topic] : []));
    if (fresh.length === 0) return;
    for (const topic of fresh) known.add(topic);
    loader.assign(fresh, generation);
  }

  async function onRevoked(units: readonly string[]): Promise<void> {
    const gone = new Set(units);
    current = new Set([...current].filter((unit) => !gone.has(unit)));
    await Promise.all(
      [...loaded.values()].map(async (each) => {
        const { source, loader } = each;
        if (gone.has(`${POSITION}${source}`)) {
          await each.keeper?.stop();
          each.keeper = null;
        }
        const had = [...each.known].filter((topic) => gone.has(topic));
        if (had.length > 0) await loader.release(had);
        for (const topic of had) each.known.delete(topic);
      }),
    );
  }

  function keep(source: string, generation: number): LoadedSource['keeper'] {
    const ending = new AbortController();
    const keeper = createPositionKeeper({
      source,
      marks: follower.of(source),
      warehouse,
      isTable: (topic) => isTable(source, topic),
      isAlone: () => tablesOf(source).every(([topic]) => current.has(topic)),
      isCurrent: member.isCurrent,
      generation,
      rounds,
      tracing: options.tracing === undefined ? null : createSourceTracing(options.tracing, source),
      logger: logger.child({ source }),
    });
    const done = keeper.run(AbortSignal.any([signal, ending.signal]));
    start(done);
    return {
      keeper,
      async stop() {
        ending.abort();
        await done.catch(() => {});
      },
    };
  }

  function* loadedTopics(): Iterable<LoadedTopic> {
    for (const { source, loader } of loaded.values()) {
      const newest = follower.of(source).newest();
      for (const unit of loader.units()) {
        const { topic, rows, rejected } = unit;
        yield { source, topic, rows, rejected, behind: newest === null ? 0 : unit.behind(newest) };
      }
    }
  }

  async function openSource(source: string): Promise<void> {
    const tables = await warehouse.openTables(source);
    // Of one source: progress is written when its own are durable.
    const rejected = createRejectedMessages({ client, topics, ...waiting });
    const loader = createSourceLoader({
      source,
      client: patient,
      tables,
      warehouse,
      marks: follower.of(source),
      relations,
      watermarks: open('watermarks'),
      rejected,
      loader: options.name,
      isCurrent: member.isCurrent,
      onTableFailure: options.onTableFailure,
      rounds,
      onLoaded: (progress) => loaded.get(source)?.keeper?.keeper.note(progress),
      onProgress: commits.note,
      logger: logger.child({ source }),
      signal,
    });
    const each: LoadedSource = { source, tables, loader, known: new Set(), keeper: null };
    loaded.set(source, each);
    const unfollow = follower.of(source).onMark(() => assignTables(each));
    start(loader.run().finally(unfollow));
  }

  // A write that waits for the warehouse must not keep the process from ending.
  signal.addEventListener('abort', () => setTimeout(closeTables, LAST_WRITE_MS).unref(), { once: true });
  function closeTables(): void {
    for (const { tables } of loaded.values()) tables.close();
  }

  view.topics = loadedTopics;
  try {
    start(follower.run());
    await Promise.race([follower.ready, failed]);
    await Promise.race([Promise.all(sources.map(openSource)), failed]);
    start(commits.run(signal));
    return await Promise.race([member.run(), failed]);
  } catch (error) {
    if (options.signal.aborted) return 'left';
    throw error;
  } finally {
    view.topics = () => [];
    over.abort();
    await Promise.allSettled(running);
    closeTables();
  }
}
