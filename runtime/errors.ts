/** What to do about an error: try again by itself, wait for an operator, or end the process. */
export type ErrorPolicy = 'retry' | 'operator' | 'fatal';

/** One entry of a folder's catalogue. Codes are stable: tests, docs and alerts speak of them. */
export interface ErrorDefinition {
  readonly code: string;
  readonly cause: string;
  readonly remedy: string;
  readonly policy: ErrorPolicy;
}

/** An error out of a catalogue. `detail` names what was wrong in this instance; never a row's values or a secret. */
export class MillraceError extends Error {
  readonly code: string;
  readonly remedy: string;
  readonly policy: ErrorPolicy;

  constructor(definition: ErrorDefinition, detail: string, options?: { cause?: unknown }) {
    super(`${definition.code}: ${detail}`, options);
    this.name = 'MillraceError';
    this.code = definition.code;
    this.remedy = definition.remedy;
    this.policy = definition.policy;
  }
}
