/** What a supervisor and its children say to each other over IPC: plain JSON that names its type. */
export interface Message {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The first message to a child, each time it is started. */
export const START = 'start';
/** From a child that does its work now. */
export const READY = 'ready';

export function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
