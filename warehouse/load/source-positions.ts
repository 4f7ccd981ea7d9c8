import type { ClickHouseClient } from '@clickhouse/client';
import type { CaptureState } from '../../changelog/change-log.ts';
import type { Position } from '../../changelog/destination.ts';
import { formatLsn, parseLsn } from '../../changelog/lsn.ts';
import { versionFloor } from '../../changelog/version.ts';
import type { PositionWriter } from './position-writer.ts';

/** What is durable about one source beside its rows: how far it has come, and what capture must remember. */
export interface SourcePositions {
  captureState(): CaptureState | null;
  saveCaptureState(state: CaptureState): Promise<void>;
  save(position: Position, rows: number): Promise<void>;
  /** Adds rows that moved no position. */
  count(rows: number): void;
  /** Every chunk of the snapshot is in. */
  isSnapshotComplete(): boolean;
}

export async function createSourcePositions(options: {
  client: ClickHouseClient;
  source: string;
  writePosition: PositionWriter;
}): Promise<SourcePositions> {
  const { client, source, writePosition } = options;
  const stored = await readStored(client, source);
  let { state, rows, sequence } = stored;

  /** Never the same number twice: a row with a lower one is replaced. */
  function nextSequence(): string {
    sequence += 1n;
    return sequence.toString();
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
            snapshot: JSON.stringify(saved.snapshot),
            sequence: nextSequence(),
          },
        ],
        format: 'JSONEachRow',
      });
      state = saved;
    },
    async save(position, added) {
      const consistent = state?.consistentLsn != null && position.lsn >= state.consistentLsn;
      const epoch = state?.epoch ?? 1;
      await writePosition({
        source,
        lsn: formatLsn(position.lsn),
        committed_at: microsToText(position.committedAtMicros),
        caught_up_at: microsToText(position.caughtUpAtMicros),
        head_lsn: formatLsn(position.lsn),
        rows: String(rows + added),
        state: consistent ? 'streaming' : 'snapshotting',
        epoch,
        floor: versionFloor(epoch, position.lsn).toString(),
        consistent,
        sequence: nextSequence(),
      });
      rows += added;
    },
    count(added) {
      rows += added;
    },
    isSnapshotComplete: () => state?.consistentLsn != null,
  };
}

interface StoredRow {
  epoch: number;
  snapshot_lsn: string;
  consistent_lsn: string;
  snapshot: string;
  sequence: string;
}

async function readStored(
  client: ClickHouseClient,
  source: string,
): Promise<{ state: CaptureState | null; rows: number; sequence: bigint }> {
  const states = await client.query({
    query: `
      select epoch, snapshot_lsn, consistent_lsn, snapshot, toString(sequence) as sequence
      from millrace.capture_states final
      where source = {source:String}`,
    query_params: { source },
    format: 'JSONEachRow',
  });
  const [row] = await states.json<StoredRow>();
  const positions = await client.query({
    query: `
      select toFloat64(rows) as rows, toString(sequence) as sequence
      from millrace.positions final
      where source = {source:String}`,
    query_params: { source },
    format: 'JSONEachRow',
  });
  const [position] = await positions.json<{ rows: number; sequence: string }>();
  const sequences = [row?.sequence, position?.sequence].map((text) => BigInt(text ?? 0));
  return {
    state:
      row === undefined
        ? null
        : {
            epoch: row.epoch,
            snapshotLsn: parseLsn(row.snapshot_lsn),
            consistentLsn: row.consistent_lsn === '' ? null : parseLsn(row.consistent_lsn),
            snapshot: JSON.parse(row.snapshot),
          },
    rows: position?.rows ?? 0,
    sequence: sequences.reduce((a, b) => (a > b ? a : b)),
  };
}

/** Unix microseconds as `YYYY-MM-DD hh:mm:ss.ffffff`. ClickHouse takes a short number, such as 0.000000, for no time. */
function microsToText(micros: bigint): string {
  const seconds = new Date(Number(micros / 1_000_000n) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return `${seconds}.${(micros % 1_000_000n).toString().padStart(6, '0')}`;
}
