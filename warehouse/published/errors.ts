import type { ErrorDefinition } from '../../runtime/errors.ts';

/** What reading an earlier published state can meet. */
export const PUBLISHED_ERRORS = {
  stateGone: {
    code: 'MR-PUBLISHED-001',
    cause:
      'a published state is read that is not kept any more: it is behind `warehouse.horizon`, or the model was built anew, or the snapshot begun, since',
    remedy: 'read a later watermark; a longer `warehouse.horizon` keeps more of those to come',
    policy: 'operator',
  },
} as const satisfies Record<string, ErrorDefinition>;
