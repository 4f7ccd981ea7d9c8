import type { ClickHouseClient } from '@clickhouse/client';
import type { CaptureState } from '../../../changelog/change-log.ts';
import type { Position } from '../../../changelog/destination.ts';
import { nextTerm } from '../../../changelog/kafka/load/loader-warehouse.ts';
import { formatLsn, parseLsn } from '../../../changelog/lsn.ts';
import { versionFloor } from '../../../changelog/version.ts';
import { microsToText } from '../../clickhouse/moment.ts';
import { hasJournal, type Journal } from '../replicas/replica-registry.ts';
import { type LoadedPosition, toLoadedPosition } from './loaded-position.ts';
import type { PositionRow, PositionWriter } from './position-writer.ts';

/** What is durable about one source beside its rows: how far it has come, and what capture must remember. */
export interface SourcePositions {
  captureState(): CaptureState | null;
  saveCaptureState(state: CaptureState): Promise<void>;
  save(position: Position, rows: number): Promise<void>;
  /** As `save`, with what several loaders have counted together: rows, and how often a replica came to have another shape. */
  saveTotals(position: Position, totals: { rows: number; shapes: number }): Promise<void>;
  /** Adds rows that moved no position. */
  count(rows: number): void;
  /** Every chunk of the table's (`schema.table`) snapshot, or of its build beside, is in. */
  isCopied(table: string): boolean;
  /** The last position saved, in this epoch; 0n before the first. */
  reachedLsn(): bigint;
  /** Versions below it are on disk: UInt128 as text. */
  floor(): string;
  /** Tells whoever computes from the replicas that one of them has another shape. */
  changeShape(): Promise<void>;
}

/** Sequences of a generation begin at its number times this. */
const TERM = 2n ** 32n;

export async function createSourcePositions(options: {
  client: ClickHouseClient;
  source: string;
  writePosition: PositionWriter;
  /** While a table that models read is behind, they cannot be of one moment. */
  journal: Journal;
  /** Called with each position that is on disk. */
  onLoaded?: (position: LoadedPosition) => void;
  /** Whoever wrote before, in an earlier generation, is passed over from the first write on. */
  generation?: number;
}): Promise<SourcePositions> {
  const { client, source, journal, generation } = options;
  const stored = await readStored(client, source);
  let { state, rows, sequence, shape, last } = stored;
  if (generation !== undefined) sequence = BigInt(nextTerm(Number(sequence / TERM), generation)) * TERM;

  /** Of a table as `schema.table`. */
  const isModelled = (table: string): boolean => hasJournal(journal, source, table.slice(table.indexOf('.') + 1));

  async function writePosition(row: PositionRow): Promise<void> {
    await options.writePosition(row);
    options.onLoaded?.(toLoadedPosition(row));
  }

  /** Never the same number twice: a row with a lower one is replaced. */
  function nextSequence(): string {
    sequence += 1n;
    return sequence.toString();
  }

  async function save(position: Position, added: number): Promise<void> {
    const copied = state?.consistentLsn != null && position.lsn >= state.consistentLsn;
    const isWhole = !(state?.behind ?? []).some(isModelled);
    const epoch = state?.epoch ?? 1;
    const row: PositionRow = {
      source,
      lsn: formatLsn(position.lsn),
      committed_at: microsToText(position.committedAtMicros),
      caught_up_at: microsToText(position.caughtUpAtMicros),
      head_lsn: formatLsn(position.lsn),
      rows: String(rows + added),
      state: copied ? 'streaming' : 'snapshotting',
      epoch,
      floor: versionFloor(epoch, position.lsn).toString(),
      consistent: copied && isWhole,
      shape: shape.toString(),
      sequence: nextSequence(),
    };
    await writePosition(row);
    last = row;
    rows += added;
  }

  return {
    captureState: () => state,
    async saveCaptureState(saved) {
      await client.insert({
        table: 'millrace.capture_states',
        values: [
          {
            source,
            epoch: saved.epoch,
            snapshot_lsn: formatLsn(saved.snapshotLsn),
            consistent_lsn: saved.consistentLsn === null ? '' : formatLsn(saved.consistentLsn),
            copying: saved.copying ?? [],
            behind: saved.behind ?? [],
            snapshot: JSON.stringify(saved.snapshot),
            sequence: nextSequence(),
          },
        ],
        format: 'JSONEachRow',
      });
      state = saved;
    },
    save,
    async saveTotals(position, totals) {
      // Told from those that a source without several loaders had: its shape is counted by itself.
      const counted = totals.shapes === 0 ? 0n : TERM + BigInt(totals.shapes);
      if (counted > shape) shape = counted;
      rows = 0;
      await save(position, totals.rows);
    },
    count(added) {
      rows += added;
    },
    isCopied: (table) => isCopied(state, table),
    reachedLsn: () => (last !== null && last.epoch === (state?.epoch ?? 1) ? parseLsn(last.lsn) : 0n),
    floor: () => last?.floor ?? versionFloor(state?.epoch ?? 1, 0n).toString(),
    async changeShape() {
      shape += 1n;
      if (last === null) return;
      last = { ...last, rows: String(rows), shape: shape.toString(), sequence: nextSequence() };
      await writePosition(last);
    },
  };
}

/** Whether every chunk of the table's (`schema.table`) snapshot is in, as the state says. */
export function isCopied(state: CaptureState | null, table: string): boolean {
  if (state?.copying === undefined) return state?.consistentLsn != null;
  return !state.copying.includes(table);
}

interface StoredRow {
  epoch: number;
  snapshot_lsn: string;
  consistent_lsn: string;
  copying: string[];
  behind: string[];
  snapshot: string;
  sequence: string;
}

async function readStored(
  client: ClickHouseClient,
  source: string,
): Promise<{ state: CaptureState | null; rows: number; sequence: bigint; shape: bigint; last: PositionRow | null }> {
  const states = await client.query({
    query: `
      select epoch, snapshot_lsn, consistent_lsn, copying, behind, snapshot, toString(sequence) as sequence
      from millrace.capture_states final
      where source = {source:String}`,
    query_params: { source },
    format: 'JSONEachRow',
  });
  const [row] = await states.json<StoredRow>();
  const positions = await client.query({
    query: `
      select source, lsn, toString(committed_at) as committed_at, toString(caught_up_at) as caught_up_at, head_lsn,
        toString(rows) as rows, state, epoch, toString(floor) as floor, consistent, toString(shape) as shape,
        toString(sequence) as sequence
      from millrace.positions final
      where source = {source:String}`,
    query_params: { source },
    format: 'JSONEachRow',
  });
  const [position] = await positions.json<PositionRow>();
  const sequences = [row?.sequence, position?.sequence].map((text) => BigInt(text ?? 0));
  return {
    state:
      row === undefined
        ? null
        : {
            epoch: row.epoch,
            snapshotLsn: parseLsn(row.snapshot_lsn),
            consistentLsn: row.consistent_lsn === '' ? null : parseLsn(row.consistent_lsn),
            ...(row.copying.length > 0 ? { copying: row.copying } : {}),
            ...(row.behind.length > 0 ? { behind: row.behind } : {}),
            snapshot: JSON.parse(row.snapshot),
          },
    shape: BigInt(position?.shape ?? 0),
    last: position ?? null,
    rows: Number(position?.rows ?? 0),
    sequence: sequences.reduce((a, b) => (a > b ? a : b)),
  };
}
