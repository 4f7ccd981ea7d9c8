import type { ModelColumn } from '../store/model-table.ts';
import type { ContractColumn } from './contract.ts';

/** A contract's column with its type as the warehouse itself writes it; null for what is no type. */
export interface CanonicalColumn extends ContractColumn {
  readonly canonicalType: string | null;
}

/** Where a model departs from its contract, each with what is wanted and what there is. */
export function contractFaults(wanted: readonly CanonicalColumn[], real: readonly ModelColumn[]): string[] {
  const faults: string[] = [];
  for (const { name, type, canonicalType, notNull } of wanted) {
    const found = real.find((column) => column.name === name);
    if (canonicalType === null) faults.push(`column ${name} is wanted as ${type}, which is no type of the warehouse`);
    else if (found === undefined)
      faults.push(`column ${name} (${canonicalType}) is wanted, and the model does not give it`);
    else if (found.type !== canonicalType)
      faults.push(`column ${name} is wanted as ${canonicalType}, and the model gives ${found.type}`);
    else if (notNull && isNullable(found.type))
      faults.push(`column ${name} is wanted without NULLs, and is ${found.type}`);
  }
  for (const { name, type } of real) {
    if (wanted.some((column) => column.name === name)) continue;
    faults.push(`the model gives column ${name} (${type}), which its contract has not`);
  }
  return faults;
}

function isNullable(type: string): boolean {
  return /^(?:LowCardinality\()?Nullable\(/.test(type);
}
