import { expect, test } from 'vitest';
import { aclCommand, neededAcls } from './acls.ts';
import { DEFAULT_TOPICS } from './topics.ts';

test('names what each role needs, as commands', () => {
  const topics = { ...DEFAULT_TOPICS, prefix: 'prod.' };
  const commands = neededAcls({ role: 'both', topics, sources: ['order'] }).map((acl) => aclCommand('etl', acl));
  const head = "kafka-acls.sh --bootstrap-server BROKER --add --allow-principal 'User:etl'";
  const all = '--operation Create --operation DescribeConfigs --operation Read --operation Write';
  expect(commands).toEqual([
    `${head} ${all} --topic 'prod.millrace.' --resource-pattern-type prefixed`,
    `${head} ${all} --topic 'prod.order.' --resource-pattern-type prefixed`,
    `${head} --operation Read --group 'prod.millrace-loader' --resource-pattern-type literal`,
  ]);
  const published = neededAcls({ role: 'publisher', topics, sources: ['order'] });
  expect(published.find(({ name }) => name === 'prod.order.')?.operations).not.toContain('Read');
  expect(published.some(({ resource }) => resource === 'group')).toBe(false);
});
