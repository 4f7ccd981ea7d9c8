import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

export interface Authority {
  readonly certificate: string;
  /** A certificate for a name; `hosts` as subjectAltName entries (`DNS:localhost`, `IP:127.0.0.1`). */
  issue(name: string, hosts?: readonly string[], days?: number): Certificate;
  close(): void;
}

/** A certificate authority of its own, made by openssl in a folder of its own. */
export function createAuthority(name: string): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-ca-'));
  const run = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  };
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  run('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '30', '-subj', `/CN=${name}`);
  let issued = 0;
  return {
    certificate: read('ca.pem'),
    issue(subject, hosts = [], days = 30) {
      const file = `issued-${++issued}`;
      run('req', ...newKey, '-keyout', `${file}.key`, '-out', `${file}.csr`, '-subj', `/CN=${subject}`);
      writeFileSync(join(folder, `${file}.ext`), hosts.length === 0 ? '' : `subjectAltName=${hosts.join(',')}\n`);
      const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
      run(
        'x509',
        '-req',
        '-in',
        `${file}.csr`,
        ...by,
        '-out',
        `${file}.pem`,
        '-days',
        String(days),
        '-extfile',
        `${file}.ext`,
      );
      return { certificate: read(`${file}.pem`), key: read(`${file}.key`) };
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
