import type { TopicFacts, TopicSpec } from './client/kafka-client.ts';

/** What a topic is for: each may have other settings than the others. */
export type TopicKind = 'table' | 'system' | 'transactions' | 'rejected';

/** A setting of a topic that is not as it was wanted. */
export interface TopicDifference {
  readonly setting: string;
  readonly found: string;
  readonly wanted: string;
  /** `refuse`: data would be lost or disordered. `warn`: another preference than ours. `note`: good to know. */
  readonly severity: 'refuse' | 'warn' | 'note';
}

/** Settings whose value is compared by its meaning; -1 is no limit. */
const RETENTION = ['retention.ms', 'retention.bytes'];

/** How a topic that exists differs from what was wanted. It is never altered. */
export function judgeTopic(kind: TopicKind, spec: TopicSpec, facts: TopicFacts): TopicDifference[] {
  const { settings } = facts;
  const differences: TopicDifference[] = [];
  const tell = (severity: TopicDifference['severity'], setting: string, wanted: string, found: string): void => {
    differences.push({ setting, found, wanted, severity });
  };
  if (facts.partitions !== spec.partitions) {
    tell('warn', 'partitions', String(spec.partitions), String(facts.partitions));
  }
  if (spec.replication > 0 && facts.replication < spec.replication) {
    tell('warn', 'replication', String(spec.replication), String(facts.replication));
  }
  const inSync = Number(settings['min.insync.replicas'] ?? 1);
  if (inSync > facts.replication) {
    tell('refuse', 'min.insync.replicas', `at most ${facts.replication}, its replicas`, String(inSync));
  } else if (facts.replication > 1 && inSync < 2) {
    tell('note', 'min.insync.replicas', '2', String(inSync));
  }
  judgeCleanup(kind, spec, facts, tell);
  for (const [name, wanted] of Object.entries(spec.settings)) {
    const found = settings[name];
    if (name === 'cleanup.policy' || found === undefined || found === wanted) continue;
    if (RETENTION.includes(name) && !isShorter(found, wanted)) continue;
    if (name === 'max.message.bytes' && Number(found) > Number(wanted)) continue;
    tell('warn', name, wanted, found);
  }
  return differences;
}

/**
 * A system topic that is not compacted alone would forget, and one of rows that is compacted keeps the last change of each
 * key only: unchanged values of the others would be nowhere, and a message without a key is not taken.
 */
function judgeCleanup(
  kind: TopicKind,
  spec: TopicSpec,
  { cleanup }: TopicFacts,
  tell: (severity: TopicDifference['severity'], setting: string, wanted: string, found: string) => void,
): void {
  const wanted = spec.settings['cleanup.policy'] ?? 'delete';
  if (normal(cleanup) === normal(wanted)) return;
  const isCompacted = cleanup.includes('compact');
  const isWanted = wanted.includes('compact');
  const losesData = kind === 'system' || (kind !== 'transactions' && isCompacted && !isWanted);
  tell(losesData ? 'refuse' : 'warn', 'cleanup.policy', wanted, cleanup);
}

function normal(policy: string): string {
  return policy
    .split(',')
    .map((each) => each.trim())
    .sort()
    .join(',');
}

function isShorter(found: string, wanted: string): boolean {
  if (Number(found) < 0) return false;
  return Number(wanted) < 0 || Number(found) < Number(wanted);
}

/** `cleanup.policy is compact, delete is wanted` */
export function differenceText({ setting, found, wanted }: TopicDifference): string {
  return `${setting} is ${found}, wanted is ${wanted}`;
}
