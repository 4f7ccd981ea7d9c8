import type { ErrorDefinition } from '../../../runtime/errors.ts';

/** What asking for the lineage or the docs of the models can report; the command exits with 2. */
export const LINEAGE_ERRORS = {
  nodeUnknown: {
    code: 'MR-DOCS-001',
    cause: 'What was asked for is no model, source table or layer of the folder.',
    remedy: 'See `millrace models graph` for all of them.',
    policy: 'operator',
  },
  noProject: {
    code: 'MR-DOCS-002',
    cause: 'There is no models folder where it was looked for.',
    remedy: 'Name a folder that has a dbt_project.yml, with --models or as `models` of the configuration.',
    policy: 'operator',
  },
  foreignFolder: {
    code: 'MR-DOCS-003',
    cause: 'The docs were to be written where something else is, and nothing of others is ever overwritten.',
    remedy: 'Name a folder that is empty, does not exist yet, or holds docs from before.',
    policy: 'operator',
  },
} as const satisfies Record<string, ErrorDefinition>;
