import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { MUTANTS } from './mutants.ts';
import { mutate } from './mutate.ts';

// `node --import plant-mutant.ts`, with MILLRACE_MUTANT: the engine's source is edited as it is loaded, so that the engine itself
// knows nothing of faults.

const { MILLRACE_MUTANT: name } = process.env;
const mutant = MUTANTS.find((each) => each.name === name);
if (mutant === undefined) throw new RangeError(`no such mutant: ${name}`);

registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith('file:') || !url.endsWith(`/warehouse/models/${mutant.file}`)) return nextLoad(url, context);
    return {
      format: 'module-typescript',
      source: mutate(readFileSync(fileURLToPath(url), 'utf8'), mutant),
      shortCircuit: true,
    };
  },
});
