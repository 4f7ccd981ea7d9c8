import type { ClickHouseClient } from '@clickhouse/client';
import type { Relation } from '../../../changelog/change.ts';
import type { TableBuild } from '../../../changelog/change-log.ts';
import { TableFailure } from '../../../changelog/table-failure.ts';
import { versionFloor } from '../../../changelog/version.ts';
import { failpoint } from '../../../runtime/failpoint.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { createTurns } from '../../../runtime/turns.ts';
import type { JournalWriter } from '../journal/journal-writer.ts';
import type { SourcePositions } from '../positions/source-positions.ts';
import { beginBuild, besideName, exchangeBuild, finishBuild, hasRowsBelow, type RebuildOptions } from './rebuild.ts';
import { createRejections, type Rejections } from './rejections.ts';
import { replicaShape } from './replica.ts';
import type { ReplicaRegistry } from './replica-registry.ts';
import { createReplicaWriter, type ReplicaWriter, type TruncationFences } from './replica-writer.ts';
import { createTableGate, type TableGate } from './table-gate.ts';

/** Where rows of one relation go. */
export interface Targets {
  /** Null while the replica does not follow: its table is built anew in another shape. */
  readonly replica: ReplicaWriter | null;
  /** The table that is built beside; null without one, or when rows of this shape are none of its. */
  readonly beside: ReplicaWriter | null;
}

interface TableState {
  build: TableBuild | null;
  /** Its rows are left out until it is built anew. */
  isFailed: boolean;
  /** An exchange ended halfway: which of both tables has which name is not known here. */
  cutShort: { readonly error: unknown } | null;
}

/** Which writers serve which relation of a source, before, during and after a table is built anew. */
export interface TableTargets {
  /** Undefined for a relation that was never prepared. */
  of(relation: Relation): Targets | undefined;
  /** Where rows of the relation's build go: the table beside, or the replica that it has become; null when another one has begun. */
  built(relation: Relation): ReplicaWriter | null;
  /** Resolves when no build of the relation's table is beginning, or being exchanged. */
  settled(relation: Relation): Promise<void>;
  isFailed(relation: Relation): boolean;
  fail(relation: Relation): void;
  /** Throws what an exchange of its table failed with, until that is done or another build begins: rows would be lost. */
  throwIfCutShort(relation: Relation): void;
  prepare(relation: Relation): Promise<void>;
  rebuild(relation: Relation, build: TableBuild): Promise<void>;
  exchange(relation: Relation, build: TableBuild, fromLsn: bigint): Promise<void>;
  /** Forgets what it remembers of the table (`schema.table`): another process has had it meanwhile. */
  forget(table: string): Promise<void>;
}

export function tableName({ schema, table }: Pick<Relation, 'schema' | 'table'>): string {
  return `${schema}.${table}`;
}

export function createTableTargets(options: {
  client: ClickHouseClient;
  source: string;
  registry: ReplicaRegistry;
  positions: SourcePositions;
  journal: JournalWriter;
  logger: Logger;
  signal: AbortSignal;
}): TableTargets {
  const { client, source, registry, positions, journal, logger, signal } = options;
  // By shape, not by table: rows of an older shape may still be on their way when a newer one is prepared.
  const targets = new Map<Relation, Targets>();
  const tables = new Map<string, TableState>();
  /** Builds of a table begin and are exchanged one after the other. */
  const building = createTurns();
  const fences: TruncationFences = new Map();
  const rejections = new Map<string, Promise<Rejections>>();
  /** By the table's name in `raw`. */
  const gates = new Map<string, TableGate>();

  function stateOf(relation: Relation): TableState {
    const name = tableName(relation);
    const state = tables.get(name) ?? { build: null, isFailed: false, cutShort: null };
    tables.set(name, state);
    return state;
  }

  function inTurn(relation: Relation, action: (state: TableState) => Promise<void>): Promise<void> {
    return building.run(tableName(relation), () => action(stateOf(relation)));
  }

  async function writer(relation: Relation, name: string, keepsRejections: boolean): Promise<ReplicaWriter> {
    const replica = registry.nameOf(relation);
    const kept = await rejectionsOf(replica);
    const gate = gateOf(name);
    return createReplicaWriter({
      client,
      name,
      rejections: kept,
      keepsRejections,
      relation,
      fences,
      gate,
      journal,
      isJournaled: () => registry.isJournaled(name),
      logger,
      signal,
    });
  }

  function gateOf(name: string): TableGate {
    const gate = gates.get(name) ?? createTableGate();
    gates.set(name, gate);
    return gate;
  }

  /** Rows of another shape may be on their way meanwhile. */
  function ensure(relation: Relation): Promise<string> {
    return gateOf(registry.nameOf(relation)).close(() => registry.ensure(relation));
  }

  function rejectionsOf(replica: string): Promise<Rejections> {
    const opened = rejections.get(replica) ?? createRejections({ client, source, replica, logger });
    rejections.set(replica, opened);
    opened.catch(() => rejections.delete(replica)); // Whoever asks again begins again.
    return opened;
  }

  async function canFollow(relation: Relation): Promise<boolean> {
    try {
      await ensure(relation);
      return true;
    } catch (error) {
      if (error instanceof TableFailure) return false;
      throw error;
    }
  }

  async function putInPlace(options: RebuildOptions): Promise<boolean> {
    const { exchanged, shapeChanged } = await exchangeBuild({ ...options, floor: positions.floor() });
    if (shapeChanged) await positions.changeShape();
    return exchanged;
  }

  /**
   * Rows from before the chunks' position may have come by the stream too. The chunks have them, or what removed them came in
   * another shape and was passed over.
   */
  async function removeEarlier(table: string, built: ReplicaWriter, firstVersion: bigint): Promise<void> {
    if (await hasRowsBelow(client, table, firstVersion)) await built.truncate(firstVersion);
  }

  async function exchange(relation: Relation, build: TableBuild, fromLsn: bigint): Promise<void> {
    const state = stateOf(relation);
    // Another one has begun since: its table has this name now, and is not whole.
    if (state.build !== null && state.build.id !== build.id) return;
    const common = { client, registry, relation, buildId: build.id };
    const firstVersion = versionFloor(positions.captureState()?.epoch ?? 1, fromLsn);
    const beside = targets.get(relation)?.beside ?? null;
    const name = registry.nameOf(relation);
    if (beside !== null) await removeEarlier(besideName(name), beside, firstVersion);
    if (!(await putInPlace(common))) return;
    state.build = null;
    for (const each of relationsOf(relation)) {
      const isSame = replicaShape(each) === replicaShape(relation);
      targets.set(each, { replica: isSame ? await writer(each, name, true) : null, beside: null });
    }
    // A crash came behind the exchange, and what was read again since went to the replica that is there now.
    const replica = targets.get(relation)?.replica ?? null;
    if (beside === null && replica !== null) await removeEarlier(name, replica, firstVersion);
    await finishBuild({ ...common, firstVersion });
    await (await rejectionsOf(name)).resolveAll(firstVersion);
  }

  function* relationsOf(relation: Relation): Iterable<Relation> {
    yield relation;
    for (const other of targets.keys()) {
      if (other !== relation && tableName(other) === tableName(relation)) yield other;
    }
  }

  return {
    of: (relation) => targets.get(relation),
    async forget(table) {
      await registry.refresh();
      for (const relation of [...targets.keys()]) {
        if (tableName(relation) !== table) continue;
        const name = registry.nameOf(relation);
        targets.delete(relation);
        rejections.delete(name);
        fences.delete(name);
        fences.delete(besideName(name));
      }
      tables.delete(table);
    },
    built(relation) {
      const { replica = null, beside = null } = targets.get(relation) ?? {};
      return beside ?? (stateOf(relation).build === null ? replica : null);
    },
    settled: (relation) => building.settled(tableName(relation)),
    isFailed: (relation) => stateOf(relation).isFailed,
    fail(relation) {
      stateOf(relation).isFailed = true;
    },
    throwIfCutShort(relation) {
      const { cutShort } = stateOf(relation);
      if (cutShort !== null) throw cutShort.error;
    },
    async prepare(relation) {
      const { build } = stateOf(relation);
      let replica: ReplicaWriter | null = null;
      if (build === null || build.keepsOld) {
        const name = await ensure(relation);
        replica = await writer(relation, name, true);
        failpoint('warehouse.replica-prepared');
      }
      targets.set(relation, { replica, beside: null });
    },
    rebuild: (relation, build) =>
      inTurn(relation, async (state) => {
        const common = { client, registry, relation, buildId: build.id };
        const isBuilding = (await beginBuild(common)) === 'building';
        // Exchanged already: a crash came behind it. The replica is the new table.
        if (!isBuilding) await putInPlace(common);
        const keepsOld = isBuilding && build.keepsOld && (await canFollow(relation));
        state.build = isBuilding ? { id: build.id, keepsOld } : null;
        const name = registry.nameOf(relation);
        for (const each of relationsOf(relation)) {
          const isServed = isBuilding ? keepsOld : replicaShape(each) === replicaShape(relation);
          const existing = targets.get(each)?.replica ?? (each === relation ? await writer(each, name, true) : null);
          // Rows of other relations were handed over before: what removed them may have been passed over.
          const isBuilt = isBuilding && each === relation;
          const beside = isBuilt ? await writer(each, besideName(name), !keepsOld) : null;
          targets.set(each, { replica: isServed ? existing : null, beside });
        }
        state.isFailed = false;
        state.cutShort = null;
      }),
    exchange: (relation, build, fromLsn) =>
      inTurn(relation, async (state) => {
        try {
          await exchange(relation, build, fromLsn);
          state.cutShort = null;
        } catch (error) {
          state.cutShort = { error };
          throw error;
        }
      }),
  };
}
