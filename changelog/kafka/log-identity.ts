/** Between the source and nothing in a key: what says that topics of Millrace belong together. */
const IDENTITY = '/log';

/** The same in `millrace.capture-states` and `millrace.watermarks`, for as long as both have what was written to them. */
export interface LogIdentity {
  readonly id: string;
}

export function identityKey(source: string): string {
  return `${source}${IDENTITY}`;
}

export function isIdentityKey(key: string): boolean {
  return key.endsWith(IDENTITY);
}

export type LogCondition =
  /** Nothing was ever written of the source, or by a version that gave no identity: one is to be given. */
  | { readonly kind: 'nameless' }
  | { readonly kind: 'whole' }
  /** Lost what loading rests on; what capture remembers is there, so that a copy of the source mends it. */
  | { readonly kind: 'incomplete'; readonly detail: string }
  /** Lost what capture remembers. */
  | { readonly kind: 'gone'; readonly detail: string };

/** Whether the topics of Millrace still have what was written to them of a source. */
export function judgeLog(options: {
  /** Of each topic; undefined where there is none. */
  inStates: LogIdentity | undefined;
  inWatermarks: LogIdentity | undefined;
  hasState: boolean;
  hasWatermark: boolean;
  /** Topics of the source's tables by what capture remembers, and those on record with the shapes of their rows. */
  remembered: Iterable<string>;
  recorded: ReadonlySet<string>;
}): LogCondition {
  const { inStates, inWatermarks, hasState, hasWatermark, recorded } = options;
  if (!hasState) {
    if (!hasWatermark) return { kind: 'nameless' };
    return { kind: 'gone', detail: 'what capture remembered is gone, and watermarks speak of it' };
  }
  const shapeless = [...options.remembered].find((topic) => !recorded.has(topic));
  if (shapeless !== undefined) return { kind: 'incomplete', detail: `shapes of rows in ${shapeless} are gone` };
  if (inStates === undefined) return { kind: 'nameless' };
  if (inStates.id !== inWatermarks?.id) return { kind: 'incomplete', detail: 'watermarks that were written are gone' };
  return { kind: 'whole' };
}
