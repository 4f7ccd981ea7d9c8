import { describe, expect, test } from 'vitest';
import { findMutant } from './find-mutant.ts';
import { MUTANTS } from './mutants.ts';
import { mutate } from './mutate.ts';
import { sourceOfMutant } from './source-of-mutant.ts';

// All of them are looked for by the soak (`npm run soak:models -- --mutants`), which also says by which check each was found.
const { MILLRACE_MUTANTS: wanted } = process.env;
const IN_CI = [
  'a difference has the wrong sign',
  'what an unpublished batch left is not given up',
  'a batch that is published is not followed after a crash',
];
const chosen = MUTANTS.filter(({ name }) => wanted === 'all' || IN_CI.includes(name));

test('every mutant has its place in the engine, once', () => {
  for (const mutant of MUTANTS) {
    const source = sourceOfMutant(mutant);
    expect(mutate(source, mutant), mutant.name).not.toBe(source);
  }
  expect(MUTANTS.length).toBeGreaterThanOrEqual(10);
  expect(chosen.length).toBeGreaterThanOrEqual(IN_CI.length);
});

test('a mutant whose place is gone, or is there twice, is no mutant', () => {
  const mutant = { name: 'gone', file: 'batch.ts', from: 'a', to: 'b' };
  expect(mutate('1 a 2', mutant)).toBe('1 b 2');
  expect(() => mutate('1 2', mutant)).toThrow(RangeError);
  expect(() => mutate('a a', mutant)).toThrow(RangeError);
});

// The workload is worth nothing if it finds nothing.
describe('a fault in the engine', () => {
  test.concurrent.each(chosen)('is found: $name', { timeout: 900_000 }, async (mutant) => {
    const found = await findMutant(mutant);
    expect(found?.checks ?? []).not.toEqual([]);
  });
});
