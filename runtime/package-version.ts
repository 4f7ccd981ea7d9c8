import { readFileSync } from 'node:fs';

/** Version of Millrace, as `package.json` has it. */
export const PACKAGE_VERSION = versionOf(
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as unknown,
);

function versionOf(manifest: unknown): string {
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  throw new Error('package.json has no version');
}
