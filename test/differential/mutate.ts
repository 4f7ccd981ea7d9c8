import type { Mutant } from './mutants.ts';

/** The source with the fault in it. Throws a RangeError unless its place is there exactly once: the engine has moved on. */
export function mutate(source: string, { name, file, from, to }: Omit<Mutant, 'seeds'>): string {
  const places = source.split(from).length - 1;
  if (places !== 1) throw new RangeError(`mutant '${name}': its place is ${places} times in ${file}`);
  return source.replace(from, () => to);
}
