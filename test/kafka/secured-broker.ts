import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { prepareLocalBroker } from '../../changelog/kafka/broker/local-broker.ts';
import { type Authority, createAuthority } from '../../ingest/testing/certificates.ts';
import { freePorts } from '../../runtime/free-port.ts';

/** A broker that asks who comes, and lets nobody do anything without an ACL. */
export interface SecuredBroker {
  /** With SASL over TLS; certificate for 127.0.0.1 of `authority`. */
  readonly address: string;
  /** Without either: whoever comes here may do everything. */
  readonly adminAddress: string;
  readonly authority: Authority;
  /** A user who can log in by SCRAM, with either hash. Those of PLAIN are `users`. */
  addScramUser(name: string, password: string): Promise<void>;
  stop(): Promise<void>;
}

/** `users`: passwords of those who log in by PLAIN. */
export async function startSecuredBroker(users: Readonly<Record<string, string>>): Promise<SecuredBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-secured-'));
  const [secured = 0, open = 0, controller = 0] = await freePorts(3);
  const authority = createAuthority('brokers');
  const { certificate, key } = authority.issue('broker', ['IP:127.0.0.1']);
  const keyFile = join(folder, 'broker.pem');
  writeFileSync(keyFile, `${key}${certificate}${authority.certificate}`, { mode: 0o600 });
  const plain = Object.entries(users).map(([name, password]) => `user_${name}="${password}"`);
  const security = 'org.apache.kafka.common.security';
  const broker = await prepareLocalBroker({
    folder,
    port: secured,
    settings: {
      listeners: `SASL_SSL://127.0.0.1:${secured},PLAINTEXT://127.0.0.1:${open},CONTROLLER://127.0.0.1:${controller}`,
      'advertised.listeners': `SASL_SSL://127.0.0.1:${secured},PLAINTEXT://127.0.0.1:${open}`,
      'controller.quorum.voters': `1@127.0.0.1:${controller}`,
      'listener.security.protocol.map': 'SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'inter.broker.listener.name': 'PLAINTEXT',
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      'listener.name.sasl_ssl.plain.sasl.jaas.config': `${security}.plain.PlainLoginModule required ${plain.join(' ')};`,
      'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': `${security}.scram.ScramLoginModule required;`,
      'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${security}.scram.ScramLoginModule required;`,
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': keyFile,
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
    },
  });
  await broker.start();
  const adminAddress = `127.0.0.1:${open}`;
  return {
    address: broker.address,
    adminAddress,
    authority,
    async addScramUser(name, password) {
      const user = ['--entity-type', 'users', '--entity-name', name];
      for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512']) {
        const config = `${mechanism}=[password=${password}]`;
        await promisify(execFile)('java', [
          ...broker.command('kafka.admin.ConfigCommand'),
          ...['--bootstrap-server', adminAddress, '--alter', '--add-config', config, ...user],
        ]);
      }
    },
    async stop() {
      await broker.kill();
      authority.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
