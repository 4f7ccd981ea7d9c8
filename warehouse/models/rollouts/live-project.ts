import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Project } from '../project/project.ts';
import { readProject } from '../project/read-project.ts';
import { ensureRolloutBookkeeping } from './bookkeeping.ts';
import { liveRollout } from './folder-at-start.ts';
import { writeFolderText } from './folder-text.ts';
import { readKeptFolder } from './model-folders.ts';
import { readRollouts } from './rollout.ts';

/**
 * The project whose models readers see, whatever the folder on this machine's disk has become; before the first one, that
 * folder. Throws what reading it throws.
 */
export async function readLiveProject(client: ClickHouseClient, folder: string): Promise<Project> {
  await ensureRolloutBookkeeping(client);
  const live = liveRollout(await readRollouts(client));
  const text = live === null ? null : await readKeptFolder(client, live.folder);
  if (text === null) return readProject(folder);
  const into = await mkdtemp(join(tmpdir(), 'millrace-models-'));
  try {
    return await readProject(await writeFolderText(text, into));
  } finally {
    await rm(into, { recursive: true, force: true });
  }
}
