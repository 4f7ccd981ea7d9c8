/** `meta.tests` and `meta.freshness` of `/v1/lag`. */
export interface ResultsAnswer {
  readonly since: string;
  readonly passed: number;
  readonly warned: number;
  readonly failed: number;
  readonly errors: number;
  readonly not_passed: readonly {
    readonly test: string;
    readonly status: string;
    readonly failures: number | null;
    readonly code: string | null;
    readonly detail: string | null;
  }[];
}

/** An element of `meta.schedules`. */
export interface ScheduleAnswer {
  readonly task: string;
  readonly is_on: boolean;
  readonly next_at: string | null;
  readonly is_late: boolean;
  readonly state: string | null;
  readonly finished_at: string | null;
  readonly done_at: string | null;
  readonly code: string | null;
  readonly detail: string | null;
  readonly failures: number;
}

/** Those that are named. */
const MAX_NAMED = 10;

/** `tests of the models: 40 passed, 1 failed since ...`, and a line for each that did not pass. */
export function resultsText(what: string, results: ResultsAnswer | null | undefined): string[] {
  if (results == null) return [];
  const { since, passed, warned, failed, errors, not_passed: others } = results;
  const counts = [`${passed} passed`];
  if (warned > 0) counts.push(`${warned} warned`);
  if (failed > 0) counts.push(`${failed} failed`);
  if (errors > 0) counts.push(`${errors} could not be carried out`);
  const named = others.slice(0, MAX_NAMED).map(({ test, status, failures, code, detail }) => {
    const parts = [`  ${test} ${status}`];
    if (failures !== null && failures > 0) parts.push(`${failures} ${failures === 1 ? 'failure' : 'failures'}`);
    if (code !== null) parts.push(code);
    if (detail !== null) parts.push(detail);
    return parts.join(' · ');
  });
  const more = others.length > MAX_NAMED ? [`  and ${others.length - MAX_NAMED} more`] : [];
  return ['', `${what}: ${counts.join(', ')} since ${since}`, ...named, ...more];
}

/** A line for each task: when it was done last, when it is due next, and what is wrong. */
export function schedulesText(schedules: readonly ScheduleAnswer[]): string[] {
  if (schedules.length === 0) return [];
  return ['', 'schedules:', ...schedules.map(scheduleText)];
}

function scheduleText(schedule: ScheduleAnswer): string {
  const {
    task,
    is_on: isOn,
    next_at: nextAt,
    is_late: isLate,
    state,
    done_at: doneAt,
    code,
    detail,
    failures,
  } = schedule;
  const parts = [`  ${task}`];
  if (!isOn) return [...parts, 'off'].join(' ');
  if (state === 'running') parts.push('running');
  parts.push(doneAt === null ? 'not done yet' : `done ${doneAt}`);
  if (nextAt !== null) parts.push(`next ${nextAt}`);
  if (failures > 0) parts.push(`failed ${failures} times since`, code ?? '', detail ?? '');
  if (isLate) parts.push('LATE: nobody does it; see whether `millrace up` or `models run --watch` runs');
  return parts.filter((part) => part !== '').join(' · ');
}
