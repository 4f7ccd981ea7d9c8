import { MillraceError } from '../../../runtime/errors.ts';
import type { TestDeclaration } from '../properties/properties.ts';
import { TEST_ERRORS } from './errors.ts';
import { CONFIG_KEYS } from './test-config.ts';

/** A test as it is declared, its parts told apart. */
export interface UnfoldedTest {
  readonly test: string;
  /** Null where it has no name of its own. */
  readonly name: string | null;
  readonly description: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly given: Readonly<Record<string, unknown>>;
}

/**
 * dbt's three ways to write a test: its name, its name with a mapping, or a mapping with `test_name`. Arguments stand
 * directly in the mapping or below `arguments`, settings below `config` or beside the arguments. Throws MR-TEST-001.
 */
export function unfoldDeclaration(declaration: TestDeclaration, place: string): UnfoldedTest {
  if (typeof declaration === 'string') {
    return { test: declaration, name: null, description: '', settings: {}, given: {} };
  }
  const { test, content } = nameOf(declaration, place);
  const where = `${place}: test ${test}`;
  const { name, description, config, arguments: ownArguments, ...beside } = content;
  const settings: Record<string, unknown> = {};
  const given: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(beside)) (CONFIG_KEYS.includes(key) ? settings : given)[key] = value;
  return {
    test,
    name: name === undefined ? null : String(name),
    description: description === undefined ? '' : String(description).trim(),
    settings: { ...settings, ...asMapping(config, `${where}: config`) },
    given: { ...given, ...asMapping(ownArguments, `${where}: arguments`) },
  };
}

function nameOf(
  declaration: Readonly<Record<string, unknown>>,
  place: string,
): { test: string; content: Readonly<Record<string, unknown>> } {
  const { test_name: named, ...content } = declaration;
  if (named !== undefined) return { test: String(named), content };
  const [test, ...others] = Object.keys(declaration);
  if (test === undefined) throw invalid(`${place}: a test without a name`);
  if (others.length > 0) {
    const what = `${others.join(', ')} ${others.length === 1 ? 'stands' : 'stand'} beside the name of test ${test}`;
    throw invalid(`${place}: ${what}; arguments and config stand below it, indented further`);
  }
  return { test, content: asMapping(declaration[test], `${place}: test ${test}`) };
}

function asMapping(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  throw invalid(`${where} must be a mapping`);
}

function invalid(detail: string): MillraceError {
  return new MillraceError(TEST_ERRORS.declarationInvalid, detail);
}
