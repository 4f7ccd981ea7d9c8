import { describe, expect, it } from 'vitest';
import { parsePasswordFile } from './password-file.ts';

const ASKED = { host: 'db', port: '5432', database: 'shop', user: 'reader' };

describe('parsePasswordFile', () => {
  it('takes the first line that matches, with wildcards', () => {
    const file = parsePasswordFile('# comment\nother:*:*:*:no\n*:5432:shop:reader:first\n*:*:*:*:second\n');
    expect(file.find(ASKED)).toBe('first');
    expect(file.find({ ...ASKED, port: '6543' })).toBe('second');
    expect(parsePasswordFile('').find(ASKED)).toBeNull();
    expect(parsePasswordFile('db:5432:shop').find(ASKED)).toBeNull();
  });

  it('reads colons and backslashes that are escaped, and a password with colons', () => {
    expect(parsePasswordFile('db:5432:a\\:b:reader:p\\\\w\\:x:y\r\n').find({ ...ASKED, database: 'a:b' })).toBe(
      'p\\w:x:y',
    );
    expect(parsePasswordFile('\\:\\:1:*:*:*:six').find({ ...ASKED, host: '::1' })).toBe('six');
  });
});
