import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { firstClosedFolder, spawnAs } from './server-user.ts';

describe('a folder that the server needs', () => {
  it('is closed when one above it is, to the user in question', () => {
    const top = mkdtempSync(join(tmpdir(), 'millrace-user-'));
    const deep = join(top, 'closed', 'deep');
    mkdirSync(deep, { recursive: true });
    chmodSync(top, 0o711);
    chmodSync(join(top, 'closed'), 0o700);
    const stranger = { uid: 4_000_000, gid: 4_000_000 };
    expect(firstClosedFolder(deep, stranger)).toBe(join(top, 'closed'));
    expect(firstClosedFolder(join(deep, 'not-there-yet'), stranger)).toBe(join(top, 'closed'));
    chmodSync(join(top, 'closed'), 0o711);
    chmodSync(deep, 0o755);
    expect(firstClosedFolder(deep, stranger)).toBeNull();
    rmSync(top, { recursive: true });
  });
});

describe('the command of the server', () => {
  it('changes the user by itself unless something in front does', () => {
    expect(spawnAs({ uid: null, gid: null, prefix: [] }, ['postgres', '-D', 'x'])).toEqual({
      file: 'postgres',
      args: ['-D', 'x'],
      options: {},
    });
    expect(spawnAs({ uid: 5, gid: 6, prefix: [] }, ['postgres']).options).toEqual({ uid: 5, gid: 6 });
    expect(spawnAs({ uid: 5, gid: 6, prefix: ['setpriv', '--reuid=5'] }, ['postgres'])).toEqual({
      file: 'setpriv',
      args: ['--reuid=5', 'postgres'],
      options: {},
    });
  });
});
