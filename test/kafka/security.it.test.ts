import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Acl, type AclOperation, loaderGroup, neededAcls } from '../../changelog/kafka/acls.ts';
import { lackingForBroker } from '../../changelog/kafka/broker/local-broker.ts';
import { createKafkajsClient } from '../../changelog/kafka/client/kafkajs-client.ts';
import type { KafkaConnection } from '../../changelog/kafka/client/kafkajs-connection.ts';
import { createKafkajsGroup } from '../../changelog/kafka/client/kafkajs-group.ts';
import { createKafkaChangeLog } from '../../changelog/kafka/kafka-change-log.ts';
import { checkKafka } from '../../cli/check/check-kafka.ts';
import { createAuthority } from '../../ingest/testing/certificates.ts';
import { sourceConfig, until } from '../../ingest/testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../ingest/testing/test-postgres.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../../warehouse/testing/temporary-warehouse.ts';
import { replicaDifferences } from '../harness/compare-replicas.ts';
import { captureIntoKafka, testLogger } from './kafka-scene.ts';
import { loadedUpTo, startLoader } from './loading-scene.ts';
import { type SecuredBroker, startSecuredBroker } from './secured-broker.ts';

const lacking = lackingForBroker();
const title = 'brokers that ask who comes';
const TOPICS = { prefix: 'sec.', partitions: 2, replication: 1, settings: {} };
const PASSWORD = 'pencil';

describe.skipIf(lacking !== null)(lacking === null ? title : `${title} (skipped: ${lacking})`, () => {
  let broker: SecuredBroker;
  let admin: kafkajs.Admin;

  beforeAll(async () => {
    broker = await startSecuredBroker({ ingest: PASSWORD, loader: PASSWORD, etl: PASSWORD });
    await broker.addScramUser('scram', PASSWORD);
    admin = new kafkajs.Kafka({ brokers: [broker.adminAddress], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
  }, 240_000);

  afterAll(async () => {
    await admin?.disconnect();
    await broker?.stop();
  });

  function as(username: string, more: Partial<KafkaConnection> = {}): KafkaConnection {
    return {
      brokers: [broker.address],
      clientId: 'test',
      tls: { ca: broker.authority.certificate },
      sasl: { mechanism: 'plain', username, password: PASSWORD },
      ...more,
    };
  }

  function aclEntries(user: string, { resource, name, pattern, operations }: Acl): kafkajs.AclEntry[] {
    return operations.map((operation) => ({
      resourceType: resource === 'topic' ? kafkajs.AclResourceTypes.TOPIC : kafkajs.AclResourceTypes.GROUP,
      resourceName: name,
      resourcePatternType:
        pattern === 'literal' ? kafkajs.ResourcePatternTypes.LITERAL : kafkajs.ResourcePatternTypes.PREFIXED,
      principal: `User:${user}`,
      host: '*',
      operation: OPERATIONS[operation],
      permissionType: kafkajs.AclPermissionTypes.ALLOW,
    }));
  }

  async function grant(user: string, acls: readonly Acl[]): Promise<void> {
    await admin.createAcls({ acl: acls.flatMap((acl) => aclEntries(user, acl)) });
  }

  async function revoke(user: string, acl: Acl): Promise<void> {
    await admin.deleteAcls({ filters: aclEntries(user, acl) });
  }

  async function codeOf(action: Promise<unknown>): Promise<string | null> {
    return action.then(
      () => null,
      (error: unknown) => (error instanceof MillraceError ? error.code : String(error)),
    );
  }

  test('lets in by PLAIN and SCRAM over TLS; each way to be wrong has its code, and is not tried again at once', async () => {
    const other = createAuthority('somebody else');
    const sasl = (mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', username: string, password = PASSWORD) => ({
      sasl: { mechanism, username, password },
    });
    const cases: [what: string, connection: KafkaConnection, code: string | null][] = [
      ['PLAIN', as('etl'), null],
      ['SCRAM-SHA-256', as('', sasl('scram-sha-256', 'scram')), null],
      ['SCRAM-SHA-512', as('', sasl('scram-sha-512', 'scram')), null],
      ['a wrong password', as('', sasl('plain', 'etl', 'pen')), 'KAFKA_AUTHENTICATION_FAILED'],
      ['a wrong SCRAM password', as('', sasl('scram-sha-512', 'scram', 'pen')), 'KAFKA_AUTHENTICATION_FAILED'],
      ['a mechanism that does not know the user', as('', sasl('scram-sha-256', 'etl')), 'KAFKA_AUTHENTICATION_FAILED'],
      ['another authority', as('etl', { tls: { ca: other.certificate } }), 'KAFKA_CERTIFICATE_REJECTED'],
      ['the authorities of the machine', as('etl', { tls: true }), 'KAFKA_CERTIFICATE_REJECTED'],
      [
        'SASL where there is none',
        { brokers: [broker.adminAddress], clientId: 'test', ...sasl('plain', 'etl') },
        'KAFKA_AUTHENTICATION_FAILED',
      ],
    ];
    for (const [what, connection, code] of cases) {
      const log = createKafkaChangeLog({
        client: createKafkajsClient({ connection, logger: testLogger }),
        logger: testLogger,
      });
      const client = createKafkajsClient({ connection, logger: testLogger });
      // Without any right the topics are not there.
      const wanted = code ?? 'KAFKA_TOPIC_MISSING';
      expect(await codeOf(client.offsets('nowhere')), what).toSatisfy((told: string) =>
        code === null ? told === wanted || told === 'KAFKA_NOT_AUTHORIZED' : told === code,
      );
      // What does not pass ends the capture, for its operator.
      if (code !== null) expect(await codeOf(log.openSource('s', AbortSignal.timeout(20_000))), what).toBe(code);
      await client.close();
      await log.close();
    }
    other.close();
    // A broker hangs up on whoever speaks TLS to it, or does not, and says nothing.
    const client = createKafkajsClient({
      connection: as('etl', { brokers: [broker.adminAddress] }),
      logger: testLogger,
    });
    expect(await codeOf(client.offsets('nowhere'))).toBe('KAFKA_UNREACHABLE');
    await client.close();
  });

  describe('with ACLs', () => {
    let postgres: TestPostgres;
    let warehouse: TemporaryWarehouse;
    const acls = (role: 'publisher' | 'loader' | 'both', source: string) =>
      neededAcls({ role, topics: TOPICS, sources: [source] });

    beforeAll(async () => {
      [postgres, warehouse] = await Promise.all([startTestPostgres(), startTemporaryWarehouse()]);
    }, 120_000);
    afterAll(async () => {
      await Promise.all([postgres?.stop(), warehouse?.stop()]);
    });

    test('those that are listed are enough; without one of them its operation and resource are told', async () => {
      const url = await postgres.createDatabase('shop');
      const connection = await postgres.connect('shop');
      await connection.query(`
        create table item (id int primary key, n int);
        insert into item select i, i from generate_series(1, 50) i;
        create publication shop_publication for all tables`);
      await grant('ingest', acls('publisher', 'shop'));
      await grant('loader', acls('loader', 'shop'));
      const source = sourceConfig('shop', url);
      const capture = captureIntoKafka({ address: '', connection: as('ingest'), source, log: { topics: TOPICS } });
      const loader = startLoader({
        address: '',
        connection: as('loader'),
        groupId: loaderGroup(TOPICS),
        warehouse: warehouse.client,
        source: 'shop',
        topics: TOPICS,
        onTableFailure: () => Promise.reject(new Error('no table fails here')),
      });
      await connection.query('update item set n = -n where id > 10; delete from item where id = 1');
      await capture.caughtUp(connection);
      await Promise.race([
        loadedUpTo(warehouse.client, 'shop', connection),
        loader.ended.then((error) => Promise.reject(error)),
      ]);
      expect(await replicaDifferences({ source: 'shop', url, client: warehouse.client })).toEqual([]);
      expect(await loader.stop()).toBeNull();
      await capture.stop();

      // A topic that stands for all.
      const client = createKafkajsClient({ connection: as('etl'), logger: testLogger });
      const group = createKafkajsGroup({
        connection: as('etl'),
        groupId: loaderGroup(TOPICS),
        logger: testLogger,
      });
      const bytes = Buffer.alloc(0);
      const spec = (topic: string) => ({ topic, partitions: 1, replication: 1, settings: {} });
      let made = 0;
      const uses: Record<string, () => Promise<unknown>> = {
        Create: () => client.ensureTopics([spec(`sec.shop.made${made++}`)]),
        DescribeConfigs: () => client.ensureTopics([spec('sec.shop.item')]),
        Read: () =>
          client.fetch([{ topic: 'sec.shop.item', partition: 0, offset: 0n }], { maxBytes: 1000, maxWaitMs: 10 }),
        Write: async () => {
          const [answer] = await client.produce([{ topic: 'sec.shop.item', partition: 0, bytes }]);
          if (answer?.error?.code === 'KAFKA_NOT_AUTHORIZED') throw answer.error;
        },
        group: () => group.join({ owned: [], assign: (members) => new Map(members.map(({ id }) => [id, NONE])) }),
      };
      const all = acls('both', 'shop');
      await grant('etl', all);
      const [, ofSource, ofGroup] = all as [Acl, Acl, Acl];
      const missing = [
        ...ofSource.operations.map((operation) => ({ ...ofSource, operations: [operation] })),
        { ...ofGroup, use: 'group' },
      ];
      for (const acl of missing) {
        const [operation = 'Read'] = acl.operations;
        const use = uses['use' in acl ? 'group' : operation] as () => Promise<unknown>;
        await until(`${operation} to be allowed`, async () => (await codeOf(use())) === null);
        await revoke('etl', acl);
        await until(`${operation} to be refused`, async () => (await codeOf(use())) === 'KAFKA_NOT_AUTHORIZED');
        await expect(use(), operation).rejects.toThrow(
          new RegExp(`KAFKA_NOT_AUTHORIZED: ${operation} on ${acl.resource}s? ${acl.name}`),
        );
        // And so does the check, with the command that grants it.
        const { findings } = await checkKafka({
          connection: as('etl'),
          topics: TOPICS,
          sources: ['shop'],
          transactions: true,
          logger: testLogger,
        });
        const found = findings.filter(({ code }) => code === 'KAFKA_NOT_AUTHORIZED');
        expect(found.map(({ detail }) => detail).join('\n'), operation).toContain(`${operation} on ${acl.resource}`);
        expect(found[0]?.sql).toContain(`--allow-principal 'User:etl'`);
        await grant('etl', [acl]);
      }
      await client.close();
      await group.leave();
      await group.close();
    });

    test('check finds nothing where all is granted and as wanted, and tells of brokers, limits and topics', async () => {
      await grant('etl', acls('both', 'fresh'));
      const options = {
        connection: as('etl'),
        topics: TOPICS,
        sources: ['fresh'],
        transactions: true,
        logger: testLogger,
      };
      let checked = await checkKafka(options);
      await until('the ACLs to be known', async () => {
        checked = await checkKafka(options);
        return !checked.findings.some(({ code }) => code === 'KAFKA_NOT_AUTHORIZED');
      });
      expect(checked).toMatchObject({ brokers: 1, at: broker.address });
      expect(checked.server).toMatch(/^4\./);
      expect(checked.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
      const three = await checkKafka({
        ...options,
        topics: { ...TOPICS, prefix: 'sec.', replication: 3 },
        sources: ['fresh'],
      });
      expect(three.findings.map(({ code }) => code)).toContain('KAFKA_TOPIC_REFUSED');
      const wrong = await checkKafka({ ...options, connection: as('etl', { tls: true }) });
      expect(wrong.findings).toMatchObject([{ severity: 'error', code: 'KAFKA_CERTIFICATE_REJECTED' }]);
      expect(wrong.server).toBeNull();
      const compact = [{ name: 'cleanup.policy', value: 'compact' }];
      await admin.createTopics({
        waitForLeaders: true,
        topics: [{ topic: 'sec.fresh.t', numPartitions: 5, configEntries: compact }],
      });
      const odd = await checkKafka(options);
      const told = odd.findings.map(({ severity, code, table, detail }) => [severity, code, table, detail]);
      expect(told).toContainEqual([
        'error',
        'KAFKA_TOPIC_UNSUITABLE',
        'sec.fresh.t',
        'cleanup.policy is compact, wanted is delete',
      ]);
      expect(told).toContainEqual(['warning', 'KAFKA_TOPIC_DIFFERS', 'sec.fresh.t', 'partitions is 5, wanted is 2']);
    });
  });
});

const NONE = { units: [], partitions: {} };
const OPERATIONS: Record<AclOperation, kafkajs.AclOperationTypes> = {
  Create: kafkajs.AclOperationTypes.CREATE,
  DescribeConfigs: kafkajs.AclOperationTypes.DESCRIBE_CONFIGS,
  Read: kafkajs.AclOperationTypes.READ,
  Write: kafkajs.AclOperationTypes.WRITE,
};
