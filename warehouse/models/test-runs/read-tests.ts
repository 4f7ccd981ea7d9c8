import { type Contract, readContracts } from '../contracts/contract.ts';
import type { DataTest } from '../data-tests/data-test.ts';
import { readDataTests } from '../data-tests/read-data-tests.ts';
import { type FreshnessRule, freshnessRules } from '../freshness/freshness-rule.ts';
import { type Project, sourceKey } from '../project/project.ts';
import { readProperties } from '../properties/read-properties.ts';
import { readUnitTests } from '../unit-tests/read-unit-tests.ts';
import type { UnitTest } from '../unit-tests/unit-test.ts';
import type { Selectable } from './select-tests.ts';

/** One test of any kind, with what it can be chosen by. */
export type AnyTest = Selectable &
  (
    | { readonly kind: 'generic' | 'singular'; readonly of: DataTest }
    | { readonly kind: 'unit'; readonly of: UnitTest }
    | { readonly kind: 'contract'; readonly of: Contract }
    | { readonly kind: 'freshness'; readonly of: FreshnessRule }
  );

/** Every test that a folder declares. Throws MR-MODEL-001, MR-TEST-001. */
export async function readTests(folder: string, project: Project): Promise<AnyTest[]> {
  const properties = await readProperties(folder, project);
  const dataTests = await readDataTests(folder, project, properties);
  const unitTests = await readUnitTests(folder, project, properties);
  return [
    ...readContracts(project, properties).map(
      (of): AnyTest => ({
        kind: 'contract',
        of,
        name: `contract_${of.model}`,
        models: [of.model],
        sources: [],
        tags: [],
      }),
    ),
    ...unitTests.map((of): AnyTest => {
      const { name, tags, model } = of;
      return { kind: 'unit', of, name, models: [model.name], sources: [], tags };
    }),
    ...dataTests.map((of): AnyTest => {
      const { kind, name, refs, sources, config } = of;
      return { kind, of, name, models: refs, sources: sources.map(sourceKey), tags: config.tags };
    }),
    ...freshnessRules(properties).map(
      (of): AnyTest => ({ kind: 'freshness', of, name: of.name, models: [], sources: [sourceKey(of.table)], tags: [] }),
    ),
  ];
}
