import type { ClickHouseClient } from '@clickhouse/client';
import { isoSql, isoToText } from '../../clickhouse/moment.ts';
import type { BuildState } from '../build-state.ts';

/** One folder of models, taken up: from the moment it was asked for until readers see it, or are not to. */
export interface Rollout {
  readonly number: number;
  /** Hash of its files. */
  readonly folder: string;
  /** `start`: the folder on the disk had changed when the models were started. */
  readonly reason: 'start' | 'run' | 'rollback';
  readonly state: 'building' | 'testing' | 'live' | 'failed' | 'cancelled';
  /** Models that were built for it, and those that are no more. */
  readonly built: readonly string[];
  readonly dropped: readonly string[];
  /** Data tests are run before readers see it. */
  readonly tests: boolean;
  /** Hash of the folder on the disk of the process that keeps the models, at that time. */
  readonly ownFolder: string;
  /** Of a failure; else empty. */
  readonly code: string;
  readonly detail: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** The last that was published when it ended. */
  readonly watermark: string;
  readonly progress: RolloutProgress | null;
  readonly sequence: string;
}

export interface RolloutProgress extends BuildState {
  /** At the rate so far; null while it is not known. */
  readonly secondsLeft: number | null;
}

export function isUnderWay({ state }: Pick<Rollout, 'state'>): boolean {
  return state === 'building' || state === 'testing';
}

export async function writeRollout(client: ClickHouseClient, rollout: Rollout): Promise<void> {
  const { ownFolder, startedAt, endedAt, progress, ...row } = rollout;
  await client.insert({
    table: 'millrace.model_rollouts',
    values: [
      {
        ...row,
        own_folder: ownFolder,
        started_at: isoToText(startedAt),
        ended_at: endedAt === null ? null : isoToText(endedAt),
        progress: progress === null ? '' : JSON.stringify(progress),
      },
    ],
    format: 'JSONEachRow',
  });
}

interface Row extends Omit<Rollout, 'ownFolder' | 'startedAt' | 'endedAt' | 'progress' | 'number'> {
  number: string;
  own_folder: string;
  started_at: string;
  ended_at: string | null;
  progress: string;
}

/** Null where there is none of that number. */
export async function readRollout(client: ClickHouseClient, number: number): Promise<Rollout | null> {
  const [rollout] = await readRollouts(client, number);
  return rollout ?? null;
}

/** The newest first; with a number, that one alone. */
export async function readRollouts(client: ClickHouseClient, number = 0): Promise<Rollout[]> {
  const result = await client.query({
    query: `
      select toString(r.number) as number, r.folder as folder, r.reason as reason, r.state as state, r.built as built,
        r.dropped as dropped, r.tests as tests, r.own_folder as own_folder, r.code as code, r.detail as detail,
        ${isoSql('r.started_at')} as started_at, ${isoSql('r.ended_at')} as ended_at,
        toString(r.watermark) as watermark, r.progress as progress, toString(r.sequence) as sequence
      from (select * from millrace.model_rollouts final) as r
      where {number:UInt64} in (0, r.number)
      order by r.number desc`,
    query_params: { number },
    format: 'JSONEachRow',
  });
  return (await result.json<Row>()).map(({ own_folder, started_at, ended_at, progress, ...row }) => ({
    ...row,
    number: Number(row.number),
    ownFolder: own_folder,
    startedAt: started_at,
    endedAt: ended_at,
    progress: progress === '' ? null : (JSON.parse(progress) as RolloutProgress),
  }));
}
