import type { PlacedHistory } from '../history/placed-history.ts';
import { sourceKey } from '../project/project.ts';
import type { Decision } from './decide-deployment.ts';
import { type Deployment, historiesOf } from './deployment.ts';
import { type PlacedTable, readsOf, sourcesOf } from './placed-table.ts';

/** What becomes of one model when a folder is taken up. */
export interface DeploymentStep {
  readonly model: string;
  readonly action: 'keep' | 'build' | 'go on building' | 'drop';
  readonly why: string;
  /** `in batches`: keys ride on the batches, while the former version goes on. `at once`: before the next batch. */
  readonly how: 'in batches' | 'at once' | null;
  /** Models that read it. */
  readonly readBy: readonly string[];
}

/** The steps of a decision, each model after what it reads; dropped ones last. */
export function deploymentSteps(options: {
  decision: Decision;
  existing: Deployment | null;
  failed: ReadonlySet<string>;
  /** Snapshots of the folder. */
  histories: readonly PlacedHistory[];
}): DeploymentStep[] {
  const { decision, existing, failed, histories } = options;
  const { live, next } = decision.deployment;
  const wanted = (next ?? live).map(({ placed }) => placed);
  const former = new Map((existing?.live ?? []).map(({ placed }) => [placed.model.name, placed]));
  const formerIds = new Set([...former.values()].map(({ id }) => id));
  const built = new Set(decision.kind === 'change' ? decision.created.map(({ id }) => id) : []);
  const nameOf = (id: string) => wanted.find((table) => table.id === id)?.model.name ?? id;
  const isAnew = (table: PlacedTable) => decision.kind === 'rebuild' || !formerIds.has(table.id);

  function whyOf(table: PlacedTable): string {
    if (decision.kind === 'rebuild') return decision.reason;
    const before = former.get(table.model.name);
    if (before === undefined) return 'it is new';
    if (failed.has(before.id)) return 'it had stopped';
    const inputs = wanted.filter((each) => readsOf(table).has(each.id) && isAnew(each)).map(({ id }) => nameOf(id));
    if (inputs.length > 0) return `${inputs.join(', ')} is built`;
    const known = sourcesOf([before]);
    const names = new Set([...known.values()].map(sourceKey));
    const again = [...sourcesOf([table])]
      .filter(([id, ref]) => !known.has(id) && names.has(sourceKey(ref)))
      .map(([, ref]) => sourceKey(ref));
    return again.length === 0 ? 'it has changed' : `${again.join(', ')} is read with other columns`;
  }

  function howOf(table: PlacedTable): DeploymentStep['how'] {
    if (decision.kind === 'rebuild' || table.strategy === 'static') return 'at once';
    const isSummed = table.strategy === 'additive' && formerIds.has(table.input);
    return isSummed ? 'at once' : 'in batches';
  }

  const steps = wanted.map((table): DeploymentStep => {
    const model = table.model.name;
    const readBy = [
      ...wanted.filter((each) => readsOf(each).has(table.id)).map((each) => each.model.name),
      ...histories.filter(({ relation }) => relation === model).map((each) => each.model.name),
    ];
    if (!isAnew(table)) return { model, action: 'keep', why: '', how: null, readBy };
    const isBegun = decision.kind !== 'rebuild' && !built.has(table.id);
    return { model, action: isBegun ? 'go on building' : 'build', why: whyOf(table), how: howOf(table), readBy };
  });
  const names = new Set(wanted.map(({ model }) => model.name));
  const dropped = [...former.keys()].filter((name) => !names.has(name));
  return [
    ...steps,
    ...historySteps(histories, existing),
    ...dropped.map(
      (model): DeploymentStep => ({ model, action: 'drop', why: 'no file is named so', how: null, readBy: [] }),
    ),
  ];
}

/** A snapshot's versions stay, whatever is built; where its model is, rows that differ get a new one. */
function historySteps(histories: readonly PlacedHistory[], existing: Deployment | null): DeploymentStep[] {
  const former = existing === null ? [] : historiesOf(existing);
  const isIn = (among: readonly PlacedHistory[], { id }: PlacedHistory) => among.some((each) => each.id === id);
  const stepOf = (history: PlacedHistory, action: DeploymentStep['action'], why: string): DeploymentStep => ({
    model: history.model.name,
    action,
    why,
    how: action === 'build' ? 'at once' : null,
    readBy: [],
  });
  return [
    ...histories.map((history) =>
      isIn(former, history) ? stepOf(history, 'keep', '') : stepOf(history, 'build', 'its history begins, or goes on'),
    ),
    ...former
      .filter((history) => !isIn(histories, history))
      .map((history) => stepOf(history, 'drop', 'no snapshot is named so; its versions are kept')),
  ];
}
