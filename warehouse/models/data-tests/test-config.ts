import { Ajv } from 'ajv';
import { schemaProblems } from '../../../runtime/config/schema-problems.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { TEST_ERRORS } from './errors.ts';
import { parseThreshold, THRESHOLD_FORMS, type Threshold } from './threshold.ts';

/** Settings of a data test; what they mean is dbt's: https://docs.getdbt.com/reference/data-test-configs */
export interface TestConfig {
  readonly enabled: boolean;
  readonly severity: 'error' | 'warn';
  /** Only these rows are tested; null: all. */
  readonly where: string | null;
  readonly warnIf: Threshold;
  readonly errorIf: Threshold;
  /** Gives the number of failures from the failing rows. */
  readonly failCalc: string;
  /** At most so many failing rows are looked at; null: all. */
  readonly limit: number | null;
  readonly storeFailures: boolean;
  readonly tags: readonly string[];
}

const tags = { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] };
const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    enabled: { type: 'boolean' },
    severity: { type: 'string', pattern: '^(?:[eE][rR][rR][oO][rR]|[wW][aA][rR][nN])$', 'x-allowed': 'error or warn' },
    where: { type: ['string', 'null'] },
    warn_if: { type: 'string' },
    error_if: { type: 'string' },
    fail_calc: { type: 'string', minLength: 1 },
    limit: { type: ['integer', 'null'], minimum: 1 },
    store_failures: { type: 'boolean' },
    tags,
    meta: { type: 'object' },
    description: { type: 'string' },
  },
};

interface ConfigFile {
  enabled?: boolean;
  severity?: string;
  where?: string | null;
  warn_if?: string;
  error_if?: string;
  fail_calc?: string;
  limit?: number | null;
  store_failures?: boolean;
  tags?: string | string[];
}

const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true });
ajv.addKeyword('x-allowed');
const check = ajv.compile<ConfigFile>(schema);

/** Settings that may stand beside a test's arguments, too. */
export const CONFIG_KEYS: readonly string[] = Object.keys(schema.properties);

/** Later layers win; tags add up. Throws MR-TEST-001 that begins with `where`. */
export function readTestConfig(layers: readonly Readonly<Record<string, unknown>>[], where: string): TestConfig {
  const collected = new Set<string>();
  const merged: Record<string, unknown> = {};
  for (const layer of layers) {
    if (!check(layer)) {
      const problems = schemaProblems(check.errors ?? [], layer).map(({ path, message }) =>
        `${path} ${message}`.trim(),
      );
      throw new MillraceError(TEST_ERRORS.declarationInvalid, `${where}: config: ${problems.join('; ')}`);
    }
    const { tags: own = [] } = layer as ConfigFile;
    for (const tag of [own].flat()) collected.add(tag);
    Object.assign(merged, layer);
  }
  const config = merged as ConfigFile;
  return {
    enabled: config.enabled ?? true,
    severity: config.severity?.toLowerCase() === 'warn' ? 'warn' : 'error',
    where: config.where ?? null,
    warnIf: threshold('warn_if', config.warn_if, where),
    errorIf: threshold('error_if', config.error_if, where),
    failCalc: config.fail_calc ?? 'count()',
    limit: config.limit ?? null,
    storeFailures: config.store_failures ?? true,
    tags: [...collected],
  };
}

function threshold(key: string, text: string | undefined, where: string): Threshold {
  const parsed = parseThreshold(text ?? '!= 0');
  if (parsed !== null) return parsed;
  const detail = `${where}: config: ${key} is '${text}'; write ${THRESHOLD_FORMS}`;
  throw new MillraceError(TEST_ERRORS.declarationInvalid, detail);
}

/**
 * The settings that dbt_project.yml has for all tests: keys with `+`, at the top or below the project's name. Throws
 * MR-TEST-001 for settings of single folders.
 */
export function testDefaults(
  declared: Readonly<Record<string, unknown>>,
  projectName: string,
): Readonly<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(declared)) {
    const plain = key.replace(/^\+/, '');
    if (CONFIG_KEYS.includes(plain)) found[plain] = value;
    else if (key === projectName) Object.assign(found, testDefaults((value ?? {}) as Record<string, unknown>, ''));
    else {
      const allowed = CONFIG_KEYS.map((each) => `+${each}`).join(', ');
      throw new MillraceError(
        TEST_ERRORS.declarationInvalid,
        `dbt_project.yml: data_tests: ${key} is no setting of all tests (allowed: ${allowed}); settings of some tests stand with them, in the YAML files`,
      );
    }
  }
  return found;
}
