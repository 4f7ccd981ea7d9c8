/** A condition on a number of failures, as dbt's `warn_if` and `error_if` have it. */
export type Threshold = (failures: number) => boolean;

const COMPARISONS: Readonly<Record<string, (failures: number, bound: number) => boolean>> = {
  '=': (failures, bound) => failures === bound,
  '!=': (failures, bound) => failures !== bound,
  '<>': (failures, bound) => failures !== bound,
  '<': (failures, bound) => failures < bound,
  '<=': (failures, bound) => failures <= bound,
  '>': (failures, bound) => failures > bound,
  '>=': (failures, bound) => failures >= bound,
};

/** What is allowed, for messages. */
export const THRESHOLD_FORMS = "'!= 0', '> 10', '>= 10', '< 10', '<= 10', '= 10' or 'between 5 and 10'";

/** Null for what is no condition. */
export function parseThreshold(text: string): Threshold | null {
  const compared = /^\s*(=|!=|<>|<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*$/.exec(text);
  if (compared !== null) {
    const compare = COMPARISONS[compared[1] as string] as (failures: number, bound: number) => boolean;
    const bound = Number(compared[2]);
    return (failures) => compare(failures, bound);
  }
  const between = /^\s*(not\s+)?between\s+(\d+(?:\.\d+)?)\s+and\s+(\d+(?:\.\d+)?)\s*$/i.exec(text);
  if (between === null) return null;
  const [, negated, low, high] = between;
  return (failures) => (failures >= Number(low) && failures <= Number(high)) === (negated === undefined);
}

export type Verdict = 'pass' | 'warn' | 'fail';

/** A test of severity `warn` never fails; one of severity `error` warns where only `warn_if` holds. */
export function verdictOf(
  failures: number,
  config: { readonly severity: 'error' | 'warn'; readonly warnIf: Threshold; readonly errorIf: Threshold },
): Verdict {
  if (config.severity === 'error' && config.errorIf(failures)) return 'fail';
  return config.warnIf(failures) ? 'warn' : 'pass';
}
