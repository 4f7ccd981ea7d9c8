import { UNKNOWN } from '../unknown.ts';

/** SQL of a text that is never empty. */
export function named(column: string): string {
  return `if(${column} = '', '${UNKNOWN}', ${column})`;
}

/** A condition that a text is one of a parameter's values; none without values. */
export function isOneOf(parameter: string, column: string, values: readonly unknown[]): string[] {
  return values.length === 0 ? [] : [`has({${parameter}:Array(String)}, ${column})`];
}
