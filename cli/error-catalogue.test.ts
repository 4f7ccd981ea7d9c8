import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { explain } from './commands/explain.ts';
import { catalogueMarkdown, ERROR_CATALOGUE } from './error-catalogue.ts';

const ROOT = join(import.meta.dirname, '..');
const all = ERROR_CATALOGUE.flatMap(({ errors }) => errors);

describe('the catalogue of codes', () => {
  it('has each code once, with cause, remedy and policy', () => {
    expect(new Set(all.map(({ code }) => code)).size).toBe(all.length);
    for (const error of all) {
      expect(error.code).toMatch(/^[A-Z]+([_-][A-Z0-9]+)+$/);
      expect(error.cause.length, error.code).toBeGreaterThan(12);
      expect(error.remedy.length, error.code).toBeGreaterThan(8);
      expect(['retry', 'operator', 'fatal'], error.code).toContain(error.policy);
      for (const text of [error.cause, error.remedy]) expect(text, error.code).not.toContain('\n');
    }
  });

  it('has the codes of every folder', async () => {
    const files = globSync('{api,changelog,cli,demo,ingest,runtime,warehouse}/**/{errors,findings}.ts', {
      cwd: ROOT,
    }).filter(
      (file) => file !== join('runtime', 'errors.ts'), // the shape of a definition
    );
    expect(files.length).toBeGreaterThan(8);
    const codes = new Set(all.map(({ code }) => code));
    for (const file of files) {
      const module = (await import(pathToFileURL(join(ROOT, file)).href)) as Record<string, unknown>;
      const catalogues = Object.entries(module).filter(([name]) => /_(ERRORS|FINDINGS)$/.test(name));
      expect(catalogues, file).toHaveLength(1);
      for (const { code } of Object.values(catalogues[0]?.[1] as Record<string, { code: string }>)) {
        expect(codes, file).toContain(code);
      }
    }
  });

  it('is the page of codes in the docs', () => {
    // After a change: npx millrace explain --page > docs/errors.md
    expect(readFileSync(join(ROOT, 'docs/errors.md'), 'utf8')).toBe(catalogueMarkdown(ERROR_CATALOGUE));
  });
});

describe('explain', () => {
  it('tells cause, remedy and policy of a code, however it is written', () => {
    const text = explain({ code: 'ingest-slot_missing', json: false, page: false });
    expect(text).toMatch(/^INGEST_SLOT_MISSING\n {2}cause {3}.+\n {2}remedy {2}.+\n {2}policy {2}operator: .+\n$/);
    expect(JSON.parse(explain({ code: 'MR-LOAD-001', json: true, page: false }))).toMatchObject({ policy: 'operator' });
  });

  it('suggests codes when there is none of that name', () => {
    const ask = (code: string) => () => explain({ code, json: false, page: false });
    expect(ask('INGEST_SLOT_MISING')).toThrow(expect.objectContaining({ code: 'CLI_CODE_UNKNOWN' }));
    expect(ask('INGEST_SLOT_MISING')).toThrow('did you mean INGEST_SLOT_MISSING?');
    expect(ask('invalidated')).toThrow('INGEST_SLOT_INVALIDATED');
    expect(ask('zzzzzzzz')).toThrow('there is no code zzzzzzzz');
  });

  it('lists all codes, as text and as one document', () => {
    const text = explain({ json: false, page: false });
    for (const { code } of all) expect(text).toContain(code);
    expect(JSON.parse(explain({ json: true, page: false }))).toHaveLength(all.length);
  });
});
