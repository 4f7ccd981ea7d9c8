import type { MillraceError } from '../runtime/errors.ts';

/** Why a table cannot go on: of an error of a catalogue. */
export type StopReason = Pick<MillraceError, 'code' | 'message' | 'remedy'>;
