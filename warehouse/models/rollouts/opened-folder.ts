import { sep } from 'node:path';
import { MillraceError } from '../../../runtime/errors.ts';
import { type Contract, readContracts } from '../contracts/contract.ts';
import { type DeclaredCube, readCubes } from '../cubes/read-cubes.ts';
import { type Plan, planProject } from '../plan.ts';
import type { Project } from '../project/project.ts';
import { readProject } from '../project/read-project.ts';
import { readProperties } from '../properties/read-properties.ts';
import { type EventTimes, eventTimesOf } from '../recompute/backfill-of.ts';
import { type DeclaredView, readServedViews } from '../served-views/read-served-views.ts';
import { type AnyTest, readTests } from '../test-runs/read-tests.ts';
import { type FolderText, writeFolderText } from './folder-text.ts';

/** A folder of models that was read, and found to be one that can be kept exact. */
export interface OpenedFolder {
  readonly hash: string;
  /** Where it was read: a copy that nobody changes. */
  readonly path: string;
  readonly project: Project;
  readonly plan: Plan;
  readonly contracts: readonly Contract[];
  readonly tests: readonly AnyTest[];
  readonly times: EventTimes;
  readonly cubes: readonly DeclaredCube[];
  readonly views: readonly DeclaredView[];
}

/** Throws MR-MODEL-001, -002, MR-TEST-001 with the file that is wrong. */
export async function openFolder(text: FolderText, into: string): Promise<OpenedFolder> {
  const path = await writeFolderText(text, into);
  try {
    const project = await readProject(path);
    const plan = planProject(project);
    const properties = await readProperties(path, project);
    const contracts = readContracts(project, properties);
    const tests = await readTests(path, project);
    const cubes = readCubes(project, properties);
    const views = readServedViews(project, properties);
    const times = eventTimesOf(project, properties);
    return { hash: text.hash, path, project, plan, contracts, tests, times, cubes, views };
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    // Nobody knows the copy: files are named as in the folder.
    const { code, remedy, policy, message } = error;
    const detail = message.slice(code.length + 2).replaceAll(`${path}${sep}`, '');
    throw new MillraceError({ code, cause: message, remedy, policy }, detail, { cause: error });
  }
}
