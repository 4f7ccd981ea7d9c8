import { MillraceError } from '../../../runtime/errors.ts';
import { TEST_ERRORS } from '../data-tests/errors.ts';
import type { Model, Project } from '../project/project.ts';
import type { Constraint, ModelProperties, Properties } from '../properties/properties.ts';

/** The columns that a model promises: `config: {contract: {enforced: true}}` and `data_type` of every column. */
export interface Contract {
  readonly model: string;
  readonly file: string;
  readonly columns: readonly ContractColumn[];
}

export interface ContractColumn {
  readonly name: string;
  /** As it is written; `Decimal(38,2)` and `decimal(38, 2)` are the same to the warehouse. */
  readonly type: string;
  readonly notNull: boolean;
}

/** The contracts that are enforced. Throws MR-TEST-001 for promises that nobody could keep. */
export function readContracts(project: Project, properties: Properties): Contract[] {
  const described = new Map(properties.models.map((model) => [model.name, model]));
  for (const { name, config } of project.models) {
    if (isEnforced(config) && !described.has(name))
      throw invalid(`${name}: has a contract, but no YAML file has its columns`);
  }
  return properties.models.flatMap((declared) => {
    const model = project.byName.get(declared.name) as Model;
    if (!isEnforced(declared.config ?? {}) && !isEnforced(model.config)) return [];
    return [contractOf(declared, model)];
  });
}

function isEnforced(config: Readonly<Record<string, unknown>>): boolean {
  const contract = config.contract as { enforced?: unknown } | undefined;
  return contract?.enforced === true;
}

function contractOf(declared: ModelProperties, model: Model): Contract {
  const where = `${declared.file}: ${declared.name}`;
  if (declared.columns.length === 0) throw invalid(`${where}: has a contract, but no columns`);
  checkConstraints(
    declared.constraints,
    declared.constraints.map(({ columns = [] }) => columns),
    model,
    where,
  );
  const ofModel = declared.constraints.filter(({ type }) => type === 'not_null').flatMap(({ columns = [] }) => columns);
  const columns = declared.columns.map(({ name, data_type: type, constraints }) => {
    if (type === undefined) throw invalid(`${where}: column ${name} needs a data_type: the model has a contract`);
    checkConstraints(
      constraints,
      constraints.map(() => [name]),
      model,
      `${where}.${name}`,
    );
    return { name, type, notNull: ofModel.includes(name) || constraints.some((each) => each.type === 'not_null') };
  });
  return { model: declared.name, file: declared.file, columns };
}

/** `not_null` is checked by type, uniqueness of `unique_key` row by row; nothing else would be enforced. */
function checkConstraints(
  constraints: readonly Constraint[],
  columnsOf: readonly (readonly string[])[],
  { uniqueKey }: Model,
  where: string,
): void {
  for (const [i, { type }] of constraints.entries()) {
    const columns = columnsOf[i] ?? [];
    const isKey = [...columns].sort().join() === [...uniqueKey].sort().join();
    if (type === 'not_null' || ((type === 'unique' || type === 'primary_key') && isKey)) continue;
    const instead = type === 'unique' || type === 'primary_key' ? 'the data test unique' : 'a data test';
    throw invalid(
      `${where}: constraint ${type} would not be enforced; write ${instead} (allowed: not_null, and unique or primary_key of the model's unique_key${uniqueKey.length === 0 ? '' : `: ${uniqueKey.join(', ')}`})`,
    );
  }
}

function invalid(detail: string): MillraceError {
  return new MillraceError(TEST_ERRORS.declarationInvalid, detail);
}
