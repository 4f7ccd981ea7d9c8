import type { Logger } from '../../../runtime/logger.ts';
import type { OnTableFailure } from '../../change-log.ts';
import { TableFailure } from '../../table-failure.ts';
import { versionFloor } from '../../version.ts';
import type { Mark } from '../mark.ts';
import type { LoadedRelation, LoadedRelations } from './loaded-relations.ts';
import type { LoaderTables } from './loader-warehouse.ts';
import type { SourceMarks } from './mark-follower.ts';
import type { ProgressWriter } from './progress-writer.ts';
import type { Standstill } from './standstill.ts';
import type { TopicUnit } from './topic-unit.ts';

/** Which relation a topic's rows are of at the moment: shapes, tables that are built beside, and their exchange. */
export interface UnitShapes {
  /** The stream has come to rows of this relation, or to where its table is to have this shape. Null: not on record. */
  begin(unit: TopicUnit, relationId: string): Promise<LoadedRelation | null>;
  /** A table that has no row of its shape, or none at all, has a replica nevertheless. */
  takeShape(unit: TopicUnit, mark: Mark): Promise<void>;
  /** Puts the table that was built beside in the replica's place, where the stream has come to that. */
  exchange(unit: TopicUnit): Promise<void>;
  /** Where the build begins that the replica is of: what came before may have been passed over when it was removed. */
  builtOf(unit: TopicUnit): { readonly floor: bigint; readonly relation: string };
}

export function createUnitShapes(options: {
  marks: SourceMarks;
  relations: LoadedRelations;
  destination: LoaderTables['destination'];
  writer: Pick<ProgressWriter, 'write' | 'written' | 'mayWrite'>;
  standstill: Standstill;
  /** False when some of them are not there. */
  readSnapshots: (of: readonly TopicUnit[], mark: Mark) => Promise<boolean>;
  onTableFailure: OnTableFailure;
  logger: Logger;
}): UnitShapes {
  const { marks, relations, destination, writer, standstill, readSnapshots, onTableFailure, logger } = options;

  function builtOf(unit: TopicUnit): { floor: bigint; relation: string } {
    const isOf = ({ exchange, offset }: Mark) => exchange?.table === unit.table && offset <= unit.exchanged;
    const built = marks.exchanges().findLast(isOf);
    if (built?.exchange == null) return { floor: 0n, relation: '' };
    const { fromLsn, relation } = built.exchange;
    return { floor: versionFloor(built.watermark.epoch, fromLsn), relation };
  }

  async function begin(unit: TopicUnit, relationId: string): Promise<LoadedRelation | null> {
    if (relationId === unit.relationId) return relations.get(relationId, unit);
    const record = await relations.record(relationId);
    // A build takes the table over: what comes before it has to be where it belongs.
    if (record !== null && record.build !== null) {
      await writer.write(false);
      await writer.written();
    }
    const isParked = unit.begin(relationId);
    const of = await standstill.during(`shape of ${unit.topic}`, () => relations.again(relationId, unit));
    const newest = marks.newest();
    if (isParked && newest !== null) await readSnapshots([unit], newest);
    return of;
  }

  async function takeShape(unit: TopicUnit, mark: Mark): Promise<void> {
    const { exchange: exchanging } = unit;
    const due = unit.shapeDue(mark);
    if (due !== null) {
      // One that capture has followed may have been named by no watermark, or by one that another came behind at once.
      const shapes = await relations.shapesOf(unit.topic);
      const isShape = (await relations.record(due.relation))?.build === null;
      for (const id of isShape ? shapes : []) if (id !== due.relation) await relations.again(id, unit);
      const of = await begin(unit, due.relation);
      if (of === null) logger.warn({ topic: unit.topic, relation: due.relation }, 'a shape is not on record');
      unit.shaped = due.number;
    }
    // One that was noted meanwhile is for later.
    if (unit.exchange !== exchanging) return;
    const build = unit.parkedBuild(mark);
    if (build !== null) await begin(unit, build);
    if (unit.exchange === null) unit.dropParked(mark);
  }

  async function exchange(unit: TopicUnit): Promise<void> {
    const mark = unit.exchange;
    if (mark === null || mark.exchange === null) return;
    await writer.written();
    const of = await begin(unit, mark.exchange.relation);
    if (of !== null) {
      // Brokers that were not there for a moment have left something out: it is tried again.
      if (!(await readSnapshots([unit], mark)) || unit.snapshotsToRead(mark).length > 0) return;
      await writer.mayWrite();
      // The models have come no further: they wait for this topic.
      await destination.write({ steps: [], position: mark.watermark.position }, onTableFailure);
      try {
        const { build, fromLsn } = mark.exchange;
        await standstill.during(`exchange of ${of.table}`, () => destination.exchange(of.relation, build, fromLsn));
        unit.isFailed = false;
        logger.info({ table: of.table, build: mark.exchange.build.id }, 'loaded: a table took its replica’s place');
      } catch (error) {
        if (!(error instanceof TableFailure)) throw error;
        await onTableFailure(of.relation, error);
      }
    }
    unit.endExchange(mark);
    unit.table = mark.exchange.table;
    unit.floor = builtOf(unit).floor;
    await writer.write(true);
  }

  return { begin, takeShape, exchange, builtOf };
}
