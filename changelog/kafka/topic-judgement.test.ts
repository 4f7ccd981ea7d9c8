import { expect, test } from 'vitest';
import type { TopicFacts } from './client/kafka-client.ts';
import { differenceText, judgeTopic, type TopicKind } from './topic-judgement.ts';
import { DEFAULT_TOPICS, systemTopicSpec, tableTopicSpec } from './topics.ts';

const FACTS: TopicFacts = {
  topic: 'shop.orders',
  partitions: 6,
  replication: 3,
  maxMessageBytes: 1_048_588,
  cleanup: 'delete',
  settings: { 'retention.ms': '-1', 'min.insync.replicas': '2', 'max.message.bytes': '1048588' },
};

function judge(kind: TopicKind, facts: Partial<TopicFacts>, settings: Record<string, string> = {}): string[] {
  const topics = { ...DEFAULT_TOPICS, settings: { ...DEFAULT_TOPICS.settings, ...settings } };
  const spec = kind === 'system' ? systemTopicSpec('watermarks', topics) : tableTopicSpec('shop.orders', topics);
  const merged = { ...FACTS, ...facts, settings: { ...FACTS.settings, ...facts.settings } };
  return judgeTopic(kind, spec, merged).map((each) => `${each.severity}: ${differenceText(each)}`);
}

test('finds nothing where everything is as wanted, or better', () => {
  expect(judge('table', {})).toEqual([]);
  expect(judge('table', { settings: { 'retention.ms': '-1' } }, { 'retention.ms': '1000' })).toEqual([]);
  expect(judge('table', { settings: { 'max.message.bytes': '9000000' } }, { 'max.message.bytes': '2000000' })).toEqual(
    [],
  );
});

test('refuses what would lose rows', () => {
  expect(judge('table', { cleanup: 'compact' })).toEqual(['refuse: cleanup.policy is compact, wanted is delete']);
  expect(judge('rejected', { cleanup: 'delete,compact' })).toEqual([
    'refuse: cleanup.policy is delete,compact, wanted is delete',
  ]);
  const system = { partitions: 1, settings: { 'max.message.bytes': '16777216' } };
  const [first] = judge('system', { ...system, cleanup: 'delete' });
  expect(first).toBe('refuse: cleanup.policy is delete, wanted is compact');
  expect(judge('table', { replication: 1 })).toEqual([
    'refuse: min.insync.replicas is 2, wanted is at most 1, its replicas',
  ]);
});

test('takes compaction where it was configured, in whatever order it is spelled', () => {
  expect(judge('table', { cleanup: 'compact' }, { 'cleanup.policy': 'compact' })).toEqual([]);
  expect(judge('table', { cleanup: 'delete,compact' }, { 'cleanup.policy': 'compact,delete' })).toEqual([]);
  expect(judge('table', { cleanup: 'delete' }, { 'cleanup.policy': 'compact' })).toEqual([
    'warn: cleanup.policy is delete, wanted is compact',
  ]);
});

test('warns of other preferences', () => {
  expect(judge('table', { partitions: 12 })).toEqual(['warn: partitions is 12, wanted is 6']);
  expect(judge('table', { settings: { 'retention.ms': '604800000' } })).toEqual([
    'warn: retention.ms is 604800000, wanted is -1',
  ]);
  expect(judge('table', { settings: { 'max.message.bytes': '1000' } }, { 'max.message.bytes': '2000' })).toEqual([
    'warn: max.message.bytes is 1000, wanted is 2000',
  ]);
  expect(judge('table', { settings: { 'min.insync.replicas': '1' } })).toEqual([
    'note: min.insync.replicas is 1, wanted is 2',
  ]);
});
