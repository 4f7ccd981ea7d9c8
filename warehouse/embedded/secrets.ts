import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Endpoint, writePrivateFile } from './endpoint.ts';

/** The users' passwords: made once, kept in `<folder>/secrets.json` (0600) across restarts. */
export function loadOrCreateSecrets(folder: string): Endpoint['users'] {
  const path = join(folder, 'secrets.json');
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Endpoint['users'];
  const users = { millrace: secret(), reader: secret(), bi: secret() };
  writePrivateFile(path, `${JSON.stringify(users, null, 2)}\n`);
  return users;
}

function secret(): string {
  return randomBytes(24).toString('base64url');
}
