import { Ajv } from 'ajv';
import { schemaProblems } from '../../../runtime/config/schema-problems.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { MODEL_ERRORS } from '../errors.ts';
import type { HistoryMaintenance } from './maintenance.ts';

/** One entry of `snapshots:`, as dbt 1.9 and later have it. */
export interface DeclaredSnapshot {
  readonly name: string;
  readonly relation: string;
  readonly description?: string;
  readonly config?: SnapshotConfig;
}

interface SnapshotConfig {
  readonly strategy: string;
  readonly unique_key: string | readonly string[];
  readonly check_cols: string | readonly string[];
  readonly hard_deletes?: string;
  readonly invalidate_hard_deletes?: boolean;
  readonly schema?: string;
  readonly enabled?: boolean;
  readonly snapshot_meta_column_names?: Readonly<Record<string, string>>;
}

/** What a snapshot is, as far as it concerns us. */
export interface SnapshotSettings {
  readonly isEnabled: boolean;
  readonly uniqueKey: readonly string[];
  readonly maintenance: HistoryMaintenance;
}

const name = { type: 'string', minLength: 1 };
const names = { type: 'array', items: name, minItems: 1 };
const free = {};

const check = new Ajv({
  allErrors: true,
  verbose: true,
  allowUnionTypes: true,
  strict: false,
}).compile<DeclaredSnapshot>({
  type: 'object',
  required: ['name', 'relation', 'config'],
  properties: {
    name,
    relation: name,
    description: { type: 'string' },
    config: {
      type: 'object',
      required: ['strategy', 'unique_key'],
      additionalProperties: false,
      properties: {
        strategy: name,
        unique_key: { anyOf: [name, names] },
        check_cols: { anyOf: [name, names] },
        hard_deletes: name,
        invalidate_hard_deletes: { type: 'boolean' },
        schema: name,
        enabled: { type: 'boolean' },
        snapshot_meta_column_names: {
          type: 'object',
          additionalProperties: false,
          properties: { dbt_valid_from: name, dbt_valid_to: name, dbt_scd_id: name, dbt_updated_at: name },
        },
        // They say nothing to us.
        tags: free,
        meta: free,
        docs: free,
        group: free,
        persist_docs: free,
      },
    },
  },
});

/** Throws MR-MODEL-007 that says what is not kept, and what to write instead. `where` names file and snapshot. */
export function parseSnapshot(declared: unknown, where: string): DeclaredSnapshot & SnapshotSettings {
  if (!check(declared)) {
    const problems = schemaProblems(check.errors ?? [], declared);
    throw refuse(
      where,
      problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '),
    );
  }
  const config = declared.config as SnapshotConfig;
  const columns = config.snapshot_meta_column_names ?? {};
  checkStrategy(config, where);
  checkDeletes(config, where);
  if (config.schema !== undefined && config.schema !== 'marts') {
    throw refuse(where, `schema is ${config.schema}; what is kept is shown in marts: write that, or nothing`);
  }
  const validFrom = columns.dbt_valid_from ?? 'dbt_valid_from';
  const validTo = columns.dbt_valid_to ?? 'dbt_valid_to';
  if (new Set([validFrom, validTo, IS_CURRENT]).size < 3) {
    throw refuse(
      where,
      `dbt_valid_from is ${validFrom}, dbt_valid_to is ${validTo}; both and ${IS_CURRENT} are columns`,
    );
  }
  return {
    ...declared,
    isEnabled: config.enabled ?? true,
    uniqueKey: [config.unique_key].flat(),
    maintenance: {
      strategy: 'history',
      relation: relationOf(declared.relation, where),
      check_cols: config.check_cols === 'all' ? 'all' : [config.check_cols].flat(),
      valid_from: validFrom,
      valid_to: validTo,
    },
  };
}

/** Our own column of every snapshot: whether the version is the one that holds. */
export const IS_CURRENT = 'is_current';

function checkStrategy({ strategy, check_cols: checked }: SnapshotConfig, where: string): void {
  if (strategy !== 'check') {
    const why =
      'changes are known as they are committed, so no column has to tell of them: write strategy: check, check_cols: all';
    throw refuse(where, `strategy is ${strategy}; ${why}`);
  }
  if (checked === undefined) throw refuse(where, 'check_cols is missing: write all, or a list of columns');
}

function checkDeletes({ hard_deletes: deletes, invalidate_hard_deletes: older }: SnapshotConfig, where: string): void {
  const written = deletes ?? (older === true ? 'invalidate' : undefined);
  if (written === 'invalidate') return;
  const what = written === undefined ? 'hard_deletes is missing, which to dbt is ignore' : `hard_deletes is ${written}`;
  throw refuse(where, `${what}; a version ends when its row does: write hard_deletes: invalidate`);
}

function relationOf(relation: string, where: string): string {
  const [, model] =
    /^\s*(?:\{\{\s*)?ref\(\s*(?:'([^']+)'|"([^"]+)")\s*\)/.exec(relation)?.filter((part) => part !== undefined) ?? [];
  if (model !== undefined) return model;
  throw refuse(where, `relation is ${relation}; write ref('model') with a model that is kept by key`);
}

function refuse(where: string, reason: string): MillraceError {
  return new MillraceError(MODEL_ERRORS.snapshotRefused, `${where}: ${reason}`);
}
