import { FIELD_TEXT, FIELD_UNCHANGED, type Relation, type Tuple } from '../../changelog/change.ts';
import type { CaptureState, ChangeLog, SnapshotChunk, SourceLog, TableBuild } from '../../changelog/change-log.ts';

/** A value out of a tuple: text, SQL NULL, or left out by the server. */
export const UNCHANGED: unique symbol = Symbol('unchanged');
export type Value = string | null | typeof UNCHANGED;
export type Row = Record<string, Value>;

interface Version {
  readonly commitLsn: bigint;
  readonly ordinal: number;
}

interface StoredRow extends Version {
  /** null: deleted. */
  readonly row: Row | null;
}

export interface RecordedEvent extends Version {
  readonly op: 'insert' | 'update' | 'delete' | 'truncate';
  readonly table: string;
  readonly oldKey: Row | null;
  readonly row: Row | null;
}

/** What is durable of a source, as a warehouse would have it; it outlives captures. */
export class RecordedSource {
  state: CaptureState | null = null;
  durableLsn = 0n;
  readonly tables = new Map<string, Map<string, StoredRow>>();
  readonly fences = new Map<string, Version>();
  /** Tables that are built beside (`<name>#beside`), by name. */
  readonly builds = new Map<string, TableBuild>();
  /** Tables that took their replica's place, in this order. */
  readonly built: string[] = [];
  /** Ids of their builds. */
  readonly #exchanged = new Set<string>();
  readonly events: RecordedEvent[] = [];
  readonly definitions: Relation[] = [];
  readonly savedStates: CaptureState[] = [];
  readonly commits: bigint[] = [];
  chunks = 0;

  /** What a crash at this moment leaves behind. */
  copy(): RecordedSource {
    const copy = new RecordedSource();
    copy.state = structuredClone(this.state);
    copy.durableLsn = this.durableLsn;
    for (const [name, rows] of this.tables) copy.tables.set(name, new Map(rows));
    for (const [name, fence] of this.fences) copy.fences.set(name, fence);
    for (const [name, build] of this.builds) copy.builds.set(name, build);
    for (const id of this.#exchanged) copy.#exchanged.add(id);
    return copy;
  }

  /** Current rows of a table, as text, in the order of their JSON. */
  rows(table: string): Row[] {
    return [...(this.tables.get(table)?.values() ?? [])].flatMap(({ row }) => (row === null ? [] : [row])).sort(byJson);
  }

  /** A streamed change: to the table, to the one beside it, or to both. */
  stream(event: RecordedEvent, key: (row: Row) => string): void {
    const build = this.builds.get(event.table);
    if (build !== undefined) this.apply({ ...event, table: besideOf(event.table) }, key);
    if (build === undefined || build.keepsOld) this.apply(event, key);
  }

  begin(table: string, build: TableBuild): void {
    if (this.builds.get(table)?.id === build.id || this.#exchanged.has(`${table} ${build.id}`)) return;
    this.builds.set(table, build);
    this.tables.delete(besideOf(table));
    this.fences.delete(besideOf(table));
  }

  exchange({ schema, table: name, hasRowId }: Relation, build: TableBuild, fromLsn: bigint): void {
    const table = `${schema}.${name}`;
    if (this.builds.get(table)?.id !== build.id) return;
    const beside = this.tables.get(besideOf(table)) ?? new Map<string, StoredRow>();
    if (hasRowId === true) for (const [id, row] of beside) if (row.commitLsn < fromLsn) beside.delete(id);
    this.tables.set(table, beside);
    this.tables.delete(besideOf(table));
    this.builds.delete(table);
    this.built.push(table);
    this.#exchanged.add(`${table} ${build.id}`);
  }

  apply(event: RecordedEvent, key: (row: Row) => string): void {
    const rows = this.#table(event.table);
    if (event.op === 'truncate') {
      this.fences.set(event.table, event);
      for (const [id, stored] of rows) if (isBefore(stored, event)) rows.delete(id);
      return;
    }
    const put = (id: string, row: Row | null): void => {
      const before = rows.get(id);
      if (before !== undefined && !isBefore(before, event)) {
        // A snapshot row that is older than the streamed one still brings what that one left out.
        if (row !== null && before.row !== null) this.#fill(rows, id, before, row);
        return;
      }
      const fence = this.fences.get(event.table);
      if (fence !== undefined && isBefore(event, fence)) return;
      rows.set(id, { ...event, row: row === null ? null : { ...row } });
      if (row !== null && before?.row) this.#fill(rows, id, rows.get(id)!, before.row);
    };
    const oldId = event.oldKey === null ? null : key(event.oldKey);
    if (event.row === null) {
      if (oldId !== null) put(oldId, null);
      return;
    }
    const id = key(event.row);
    if (oldId !== null && oldId !== id) {
      const old = rows.get(oldId)?.row;
      put(id, event.row);
      if (old) this.#fill(rows, id, rows.get(id)!, old);
      put(oldId, null);
      return;
    }
    put(id, event.row);
  }

  #fill(rows: Map<string, StoredRow>, id: string, stored: StoredRow, from: Row): void {
    const row = { ...stored.row };
    for (const [name, value] of Object.entries(row)) if (value === UNCHANGED) row[name] = from[name] ?? null;
    rows.set(id, { commitLsn: stored.commitLsn, ordinal: stored.ordinal, row });
  }

  #table(name: string): Map<string, StoredRow> {
    let rows = this.tables.get(name);
    if (rows === undefined) {
      rows = new Map();
      this.tables.set(name, rows);
    }
    return rows;
  }
}

function besideOf(table: string): string {
  return `${table}#beside`;
}

export interface RecordingOptions {
  /** false: nothing becomes durable until `confirm` is called. */
  readonly autoDurable?: boolean;
  /** Called between transactions and rows: a promise makes capture wait. */
  readonly room?: () => Promise<void> | null;
  /** Keeps counts only. */
  readonly countOnly?: boolean;
  /** Before a chunk counts; a rejection fails it. */
  readonly chunkDone?: (relation: Relation, number: number) => Promise<void>;
  readonly defining?: (relation: Relation) => Promise<void>;
  /** Before a build begins. */
  readonly rebuilding?: (relation: Relation, build: TableBuild) => Promise<void>;
  /** Before a table that was built anew takes its place. */
  readonly exchanging?: (relation: Relation) => Promise<void>;
}

/** An in-memory change log that decodes tuples into plain rows and checks the port's order of calls. */
export class RecordingLog implements ChangeLog {
  readonly recorded: RecordedSource;
  readonly #options: RecordingOptions;
  rowsSeen = 0;
  /** Transactions handed over and not durable yet. */
  #waiting: { endLsn: bigint; apply: (() => void)[] }[] = [];
  /** As the port has it: 0n at first, whatever earlier runs made durable. */
  #durableLsn = 0n;
  #failure: Error | null = null;
  #rejectFailed: (error: Error) => void = () => {};
  readonly #failed = new Promise<never>((_resolve, reject) => {
    this.#rejectFailed = reject;
  });

  constructor(options: RecordingOptions = {}, recorded: RecordedSource = new RecordedSource()) {
    this.#options = options;
    this.recorded = recorded;
    this.#failed.catch(() => {});
  }

  /** Makes transactions durable up to and including `endLsn`; all without it. */
  confirm(endLsn: bigint | null = null): void {
    while (this.#waiting[0] !== undefined && (endLsn === null || this.#waiting[0].endLsn <= endLsn)) {
      const transaction = this.#waiting.shift()!;
      for (const apply of transaction.apply) apply();
      this.#reach(transaction.endLsn);
    }
  }

  #reach(lsn: bigint): void {
    if (lsn > this.#durableLsn) this.#durableLsn = lsn;
    if (lsn > this.recorded.durableLsn) this.recorded.durableLsn = lsn;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** The log fails: every method throws from now on. */
  fail(error: Error): void {
    this.#failure = error;
    this.#rejectFailed(error);
  }

  async close(): Promise<void> {}

  async openSource(): Promise<SourceLog> {
    const { recorded } = this;
    this.#waiting = [];
    this.#durableLsn = 0n;
    const reachedLsn = recorded.durableLsn;
    const options = this.#options;
    const apply = (event: RecordedEvent, relation: Relation | null): (() => void) => {
      const key = (row: Row): string =>
        JSON.stringify(relation?.keyColumns.map((index) => row[relation.columns[index]!.name]));
      return () => {
        recorded.events.push(event);
        if (event.ordinal === 0) recorded.apply(event, key);
        else recorded.stream(event, key);
      };
    };
    let open: { commitLsn: bigint; ordinal: number; apply: (() => void)[] } | null = null;
    const record = (op: RecordedEvent['op'], relation: Relation, oldKey: Tuple | null, row: Tuple | null): void => {
      if (open === null) throw new Error('a change outside a transaction');
      open.ordinal++;
      this.rowsSeen++;
      if (options.countOnly) return;
      const event: RecordedEvent = {
        op,
        table: `${relation.schema}.${relation.table}`,
        commitLsn: open.commitLsn,
        ordinal: open.ordinal,
        oldKey: oldKey && readRow(relation, oldKey),
        row: row && readRow(relation, row),
      };
      open.apply.push(apply(event, relation));
    };
    return {
      get state() {
        return recorded.state;
      },
      async saveState(state) {
        await new Promise((resolve) => setImmediate(resolve));
        // Positions of a former epoch say nothing about this one.
        if (recorded.state !== null && state.epoch > recorded.state.epoch) recorded.durableLsn = 0n;
        recorded.state = structuredClone(state);
        recorded.savedStates.push(recorded.state);
      },
      async defineRelation(relation) {
        await options.defining?.(relation);
        recorded.definitions.push(relation);
      },
      begin(commitLsn) {
        if (open !== null) throw new Error('a transaction begins inside another');
        open = { commitLsn, ordinal: 0, apply: [] };
      },
      insert: (relation, row) => record('insert', relation, null, row),
      update: (relation, oldKey, row) => record('update', relation, oldKey, row),
      delete: (relation, oldKey) => record('delete', relation, oldKey, null),
      truncate(relations) {
        for (const relation of relations) record('truncate', relation, null, null);
      },
      commit: (endLsn) => {
        if (open === null) throw new Error('a commit without its begin');
        this.#waiting.push({ endLsn, apply: open.apply });
        recorded.commits.push(endLsn);
        open = null;
        if (options.autoDurable !== false) this.confirm();
      },
      advance: (lsn) => {
        if (open !== null) throw new Error('advance inside a transaction');
        // Not before what was handed over in front of it.
        if (this.#waiting.length > 0) this.#waiting.push({ endLsn: lsn, apply: [] });
        else this.#reach(lsn);
      },
      room: () => {
        if (this.#failure !== null) throw this.#failure;
        return options.room?.() ?? null;
      },
      durableLsn: () => this.#durableLsn,
      reachedLsn,
      failed: this.#failed,
      onTableFailure: (_relation, failure) => Promise.reject(failure),
      async rebuild(relation, build) {
        await options.rebuilding?.(relation, build);
        recorded.begin(`${relation.schema}.${relation.table}`, build);
      },
      async exchange(relation, build, fromLsn) {
        await options.exchanging?.(relation);
        recorded.exchange(relation, build, fromLsn);
      },
      openChunk: (relation, fromLsn): SnapshotChunk => {
        const commitLsn = fromLsn ?? recorded.state!.snapshotLsn;
        const rows: (() => void)[] = [];
        return {
          row: (tuple) => {
            this.rowsSeen++;
            if (options.countOnly) return;
            const name = `${relation.schema}.${relation.table}`;
            const table = fromLsn === undefined ? name : besideOf(name);
            const row = readRow(relation, tuple);
            rows.push(apply({ op: 'insert', table, commitLsn, ordinal: 0, oldKey: null, row }, relation));
          },
          room: () => options.room?.() ?? null,
          done: async () => {
            const number = ++recorded.chunks;
            await options.chunkDone?.(relation, number);
            for (const put of rows) put();
          },
          abandon: () => {},
        };
      },
    };
  }
}

function readRow(relation: Relation, tuple: Tuple): Row {
  const row: Row = {};
  relation.columns.forEach((column, index) => {
    const kind = tuple.kinds[index];
    if (kind === FIELD_TEXT) row[column.name] = tuple.bytes.toString('utf8', tuple.starts[index], tuple.ends[index]);
    else row[column.name] = kind === FIELD_UNCHANGED ? UNCHANGED : null;
  });
  return row;
}

function isBefore(a: Version, b: Version): boolean {
  return a.commitLsn < b.commitLsn || (a.commitLsn === b.commitLsn && a.ordinal < b.ordinal);
}

export function byJson(a: unknown, b: unknown): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
