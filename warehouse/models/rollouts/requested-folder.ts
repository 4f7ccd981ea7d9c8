import type { ClickHouseClient } from '@clickhouse/client';
import { MillraceError } from '../../../runtime/errors.ts';
import { ROLLOUT_ERRORS } from './errors.ts';
import { formerRollout } from './folder-at-start.ts';
import { readKeptFolder } from './model-folders.ts';
import type { ModelRequest } from './model-requests.ts';
import type { Wanted } from './preparing.ts';
import type { RolloutRecord } from './rollout-record.ts';

/** Throws MR-ROLL-003 where there is no such folder. */
export async function requestedFolder(options: {
  client: ClickHouseClient;
  request: Extract<ModelRequest, { action: 'run' | 'rollback' }>;
  record: RolloutRecord;
}): Promise<Wanted> {
  const { client, request, record } = options;
  const { tests } = request.arguments;
  const hash = request.action === 'run' ? request.arguments.folder : hashOfFormer(request.arguments.to, record);
  const text = await readKeptFolder(client, hash);
  if (text === null) throw new MillraceError(ROLLOUT_ERRORS.nothingFormer, `the folder ${hash} is not kept any more`);
  return { request, reason: request.action, text, tests };
}

function hashOfFormer(to: number | null, record: RolloutRecord): string {
  if (to === null) {
    const former = formerRollout(record.all());
    if (former !== null) return former.folder;
    throw new MillraceError(ROLLOUT_ERRORS.nothingFormer, 'readers have seen no other version');
  }
  const seen = record.all().filter(({ state }) => state === 'live');
  const named = seen.find(({ number }) => number === to);
  if (named !== undefined) return named.folder;
  const numbers = seen.map(({ number }) => number).join(', ');
  throw new MillraceError(ROLLOUT_ERRORS.nothingFormer, `version ${to}; readers have seen ${numbers || 'none'}`);
}
