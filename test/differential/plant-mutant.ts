import { registerHooks } from 'node:module';
import { MUTANTS } from './mutants.ts';
import { mutate } from './mutate.ts';
import { sourceOfMutant } from './source-of-mutant.ts';

// `node --import plant-mutant.ts`, with MILLRACE_MUTANT: the engine's source is edited as it is loaded, so that the engine itself
// knows nothing of faults.

const { MILLRACE_MUTANT: name } = process.env;
const mutant = MUTANTS.find((each) => each.name === name);
if (mutant === undefined) throw new RangeError(`no such mutant: ${name}`);

registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith('file:') || !url.endsWith(`/warehouse/models/${mutant.file}`)) return nextLoad(url, context);
    return { format: 'module-typescript', source: mutate(sourceOfMutant(mutant), mutant), shortCircuit: true };
  },
});
