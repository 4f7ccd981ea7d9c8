import { stringify } from 'yaml';
import type { DeclaredColumn, DeclaredRelation, DeclaredTest } from './declared.ts';

type Json = Readonly<Record<string, unknown>>;

/** Puts in what a docs block says for `{{ doc('name') }}`; a name that no block has stays as it was written. */
export function withDocs(text: string, blocks: ReadonlyMap<string, string>): string {
  return text.replaceAll(
    /\{\{\s*doc\(\s*(?:'[^']*'\s*,\s*|"[^"]*"\s*,\s*)?['"]([^'"]*)['"]\s*\)\s*\}\}/g,
    (written, name: string) => blocks.get(name) ?? written,
  );
}

/** The docs blocks of a Markdown file: `{% docs name %} ... {% enddocs %}`. */
export function docsBlocks(markdown: string): [string, string][] {
  const blocks = markdown.matchAll(/\{%-?\s*docs\s+(\w+)\s*-?%\}(.*?)\{%-?\s*enddocs\s*-?%\}/gs);
  return [...blocks].map(([, name = '', text = '']) => [name, text.trim()]);
}

/** One entry of `models:` or of a source's `tables:`. Forgiving: what is malformed is said where the project is read. */
export function readRelation(entry: Json, blocks: ReadonlyMap<string, string>): DeclaredRelation {
  return {
    description: withDocs(textOf(entry.description), blocks),
    columns: listOf(entry.columns).map(
      (column): DeclaredColumn => ({
        name: textOf(column.name),
        description: withDocs(textOf(column.description), blocks),
        dataType: textOf(column.data_type) === '' ? null : textOf(column.data_type),
        tests: readTests(column, blocks),
      }),
    ),
    tests: readTests(entry, blocks),
  };
}

/** `data_tests`, or `tests` as older projects call them. */
function readTests(entry: Json, blocks: ReadonlyMap<string, string>): DeclaredTest[] {
  const declared = [entry.data_tests, entry.tests].filter(Array.isArray).flat() as unknown[];
  return declared.flatMap((test): DeclaredTest[] => {
    if (typeof test === 'string') return [{ name: test, kind: 'data', detail: '', description: '' }];
    if (!isRecord(test)) return [];
    // Either `unique: {...}`, or a name of its own with `test_name: unique` beside it.
    const [first] = Object.entries(test);
    if (first === undefined) return [];
    const { test_name: testName, ...rest } = test;
    const [name, options] = typeof testName === 'string' ? [testName, rest] : [first[0], first[1]];
    // Newer dbt wants the arguments below a key of their own.
    const { description, arguments: below, ...beside } = isRecord(options) ? options : {};
    const detail = flow({ ...(isRecord(below) ? below : {}), ...beside });
    return [{ name, kind: 'data', detail, description: withDocs(textOf(description), blocks) }];
  });
}

/** `unit_tests:` by the model that each is of. */
export function readUnitTests(entries: unknown, blocks: ReadonlyMap<string, string>): [string, DeclaredTest][] {
  return listOf(entries).map((entry) => [
    textOf(entry.model),
    {
      name: textOf(entry.name),
      kind: 'unit',
      detail: '',
      description: withDocs(textOf(entry.description), blocks),
    },
  ]);
}

export function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function textOf(value: unknown): string {
  return value === undefined || value === null ? '' : String(value).trim();
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `{ values: [a, b] }` as `values: [a, b]`. */
function flow(value: object): string {
  if (Object.keys(value).length === 0) return '';
  const text = stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trim();
  return text.slice(1, -1);
}
