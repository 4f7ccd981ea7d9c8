import { join } from 'node:path';
import { expect, it } from 'vitest';
import { accessRights, type ConfigNode, REQUIRED_SETTINGS, toXml } from '../warehouse/embedded/configuration.ts';

// A server that others run is to have the settings, rights and limits of the embedded one.
// `npx vitest run -u ops/clickhouse.test.ts` writes the files anew.

const HEAD = '<!-- Made from warehouse/embedded/configuration.ts: see ops/clickhouse.test.ts. -->\n';
const MEMORY_BYTES = 4 * 1024 ** 3;
const USERS = ['millrace', 'reader', 'bi'] as const;

it('has the settings that any server needs', async () => {
  const xml = HEAD + toXml({ clickhouse: { ...REQUIRED_SETTINGS, send_crash_reports: { enabled: 'false' } } });
  await expect(xml).toMatchFileSnapshot(join(import.meta.dirname, 'clickhouse/config.xml'));
});

it('has the rights and limits of the embedded server, and lets nobody else in', async () => {
  const { profiles, grants, quotas } = accessRights(MEMORY_BYTES);
  const users: Record<string, ConfigNode> = {};
  for (const user of USERS) {
    users[user] = {
      networks: { ip: '::/0' },
      profile: user,
      quota: user === 'millrace' ? 'unlimited' : user,
      grants: { query: grants[user] as unknown as readonly ConfigNode[] },
    };
  }
  // Without a password, so within the container only. One element `users`: ClickHouse merges the first of a name.
  const local =
    '    <default>\n      <networks replace="replace"><ip>127.0.0.1</ip><ip>::1</ip></networks>\n    </default>\n';
  const xml = HEAD + toXml({ clickhouse: { profiles, users, quotas } }).replace('<users>\n', `<users>\n${local}`);
  expect(xml.match(/<users>/g)).toHaveLength(1);
  await expect(xml).toMatchFileSnapshot(join(import.meta.dirname, 'clickhouse/users.xml'));
});
