import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutant } from './mutants.ts';

/** The engine's file that a mutant is an edit of, as it stands. */
export function sourceOfMutant({ file }: Pick<Mutant, 'file'>): string {
  return readFileSync(join(import.meta.dirname, '../../warehouse/models', file), 'utf8');
}
