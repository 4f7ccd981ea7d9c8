import { type ErrorDefinition, MillraceError } from '../runtime/errors.ts';

/**
 * One table cannot go on as it is; the others of its source can. Whoever captures leaves the table's rows out from then
 * on, remembers that, and says so.
 */
export class TableFailure extends MillraceError {
  /** Building the table anew from the source mends it, without anybody's help. */
  readonly isMendedByResync: boolean;

  constructor(
    definition: ErrorDefinition,
    detail: string,
    options: { isMendedByResync?: boolean; cause?: unknown } = {},
  ) {
    super(definition, detail, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'TableFailure';
    this.isMendedByResync = options.isMendedByResync ?? false;
  }
}

/** What was meant for a table's build: another one has begun since, and nobody needs it. */
export class BuildSuperseded extends TableFailure {
  constructor(definition: ErrorDefinition, detail: string) {
    super(definition, detail);
    this.name = 'BuildSuperseded';
  }
}
