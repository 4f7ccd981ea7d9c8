import type { Rollout, RolloutProgress } from '../warehouse/models/rollouts/rollout.ts';
import type { ModelsOutcome } from './models-request.ts';
import { cellsText } from './table-text.ts';

/** `version 4: building sales_fact, 12000 of 100000 keys, 2 of 7 tables, 40 s left`. */
export function progressText({
  rollout,
  detail,
}: {
  readonly rollout: Rollout | null;
  readonly detail: string;
}): string {
  if (rollout === null) return detail;
  const { number, state, progress } = rollout;
  return progress === null ? `version ${number}: ${state}` : rolloutText({ number, state, progress });
}

/** How far one is that is under way. */
export function rolloutText(rollout: {
  readonly number: number;
  readonly state: string;
  readonly progress: RolloutProgress;
}): string {
  const { number, state, progress } = rollout;
  const { model, keysDone, keysTotal, tablesDone, tablesTotal, secondsLeft } = progress;
  if (state === 'testing') return `version ${number}: all ${tablesTotal} tables are built, running their tests`;
  const parts = [`building ${model ?? 'the last of them'}`, `${keysDone} of about ${keysTotal} keys`];
  parts.push(`${tablesDone} of ${tablesTotal} tables`);
  if (secondsLeft !== null) parts.push(`${secondsLeft} s left`);
  return `version ${number}: ${parts.join(', ')}`;
}

/** What came of a request, in a line. */
export function outcomeText({ answer, rollout }: ModelsOutcome): string {
  if (answer.detail !== '') return answer.detail;
  if (rollout === null) return 'done';
  return `version ${rollout.number} is what readers see: ${changesText(rollout)}`;
}

function changesText({ built, dropped }: Pick<Rollout, 'built' | 'dropped'>): string {
  const parts = [];
  if (built.length > 0) parts.push(`built ${built.join(', ')}`);
  if (dropped.length > 0) parts.push(`dropped ${dropped.join(', ')}`);
  return parts.join('; ') || 'no table was built';
}

/** The newest first, a line each. */
export function historyText(rollouts: readonly Rollout[]): string {
  if (rollouts.length === 0) return 'no folder of models has been taken up yet';
  const live = rollouts.find(({ state }) => state === 'live');
  const rows = [
    ['version', 'state', 'begun', 'by', 'folder', 'what'],
    ...rollouts.map((rollout) => [
      String(rollout.number),
      rollout === live ? 'live' : rollout.state === 'live' ? 'former' : rollout.state,
      `${rollout.startedAt.slice(0, 19)}Z`,
      rollout.reason,
      rollout.folder,
      rollout.state === 'failed' || rollout.state === 'cancelled'
        ? firstLine(rollout.detail)
        : rollout.progress === null
          ? changesText(rollout)
          : progressText({ rollout, detail: '' }).replace(/^version \d+: /, ''),
    ]),
  ];
  return [cellsText(rows), ...(live === undefined ? [] : heldText(live))].join('\n');
}

function heldText({ reason, number }: Rollout): string[] {
  if (reason !== 'rollback') return [];
  return ['', `rolled back to version ${number}: a restart takes nothing up until \`millrace models run\` is said`];
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
