import { ClickHouseError } from '@clickhouse/client';
import { MillraceError } from '../../../runtime/errors.ts';
import { quoteString } from '../../clickhouse/quote.ts';
import { TEST_ERRORS } from '../data-tests/errors.ts';
import type { Engine } from '../maintain/tables.ts';
import type { ModelColumns } from '../model-columns.ts';
import type { Contract } from './contract.ts';
import { contractFaults } from './contract-faults.ts';

/** Where a model's SQL departs from its contract; empty when it keeps it. Nothing has to be built for it. */
export async function checkContract(contract: Contract, engine: Engine, columns: ModelColumns): Promise<string[]> {
  const real = await columns.of(contract.model);
  const types = await canonicalTypes(
    engine,
    contract.columns.map(({ type }) => type),
  );
  const wanted = contract.columns.map((column, i) => ({ ...column, canonicalType: types[i] ?? null }));
  return contractFaults(wanted, real);
}

/** Throws MR-TEST-002 that names every departure of every model. */
export async function enforceContracts(
  contracts: readonly Contract[],
  engine: Engine,
  columns: ModelColumns,
): Promise<void> {
  const broken: string[] = [];
  for (const contract of contracts) {
    const faults = await checkContract(contract, engine, columns);
    broken.push(...faults.map((fault) => `${contract.file}: model ${contract.model}: ${fault}`));
  }
  if (broken.length > 0) throw new MillraceError(TEST_ERRORS.contractBroken, broken.join('\n  '));
}

/** Types as the warehouse writes them, whatever alias and spacing they were given in; null for what is none. */
async function canonicalTypes(engine: Engine, types: readonly string[]): Promise<(string | null)[]> {
  const names = types.map((type) => `toTypeName(defaultValueOfTypeName(${quoteString(type)}))`);
  try {
    const result = await engine.client.query({ query: `select [${names.join(', ')}] as types`, format: 'JSONEachRow' });
    const [row] = await result.json<{ types: string[] }>();
    return row?.types ?? [];
  } catch (error) {
    if (!(error instanceof ClickHouseError) || !NO_TYPE.has(error.code)) throw error;
    if (types.length === 1) return [null];
    // One of them is none: each by itself tells which.
    const each = await Promise.all(types.map((type) => canonicalTypes(engine, [type])));
    return each.flat();
  }
}

/** Of ClickHouse's src/Common/ErrorCodes.cpp: what a text that is no type is answered with. */
const NO_TYPE = new Set([
  '36', // BAD_ARGUMENTS
  '42', // NUMBER_OF_ARGUMENTS_DOESNT_MATCH
  '43', // ILLEGAL_TYPE_OF_ARGUMENT
  '50', // UNKNOWN_TYPE
  '62', // SYNTAX_ERROR
  '69', // ARGUMENT_OUT_OF_BOUND
]);
