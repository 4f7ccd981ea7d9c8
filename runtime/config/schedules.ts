import { validateDetailed } from 'node-cron';
import type { ConfigProblem } from './errors.ts';

/** When a task is done, and how often it is tried. */
export interface ScheduleConfig {
  /** node-cron's expression: five fields, or six with seconds before them. */
  readonly cron: string;
  /** IANA name. */
  readonly timeZone: string;
  /** Intervals that were missed: one after another, or all of them in one run. */
  readonly catchUp: 'each' | 'last';
  /** Longer than this a run has failed. */
  readonly timeoutMs: number;
  /** Runs of one interval, at the most. */
  readonly attempts: number;
  /** Between two of them. */
  readonly retryAfterMs: number;
}

export interface VerificationScheduleConfig extends ScheduleConfig {
  /** Share of a core. */
  readonly budget: number;
  readonly repair: boolean;
}

/** Null: off. */
export interface SchedulesConfig {
  readonly freshness: ScheduleConfig | null;
  readonly folding: ScheduleConfig | null;
  readonly retention: ScheduleConfig | null;
  readonly tests: ScheduleConfig | null;
  readonly forecasts: ScheduleConfig | null;
  readonly verification: VerificationScheduleConfig | null;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const COMMON = { timeZone: 'UTC', catchUp: 'last', attempts: 3, retryAfterMs: MINUTE } as const;

export const DEFAULT_SCHEDULES = {
  freshness: { ...COMMON, cron: '*/5 * * * *', timeoutMs: 5 * MINUTE },
  folding: { ...COMMON, cron: '* * * * *', timeoutMs: HOUR },
  retention: { ...COMMON, cron: '30 * * * *', timeoutMs: HOUR },
  tests: { ...COMMON, cron: '0 2 * * *', timeoutMs: HOUR },
  forecasts: { ...COMMON, cron: '0 4 * * *', timeoutMs: HOUR },
  verification: { ...COMMON, cron: '0 3 * * *', timeoutMs: 12 * HOUR, attempts: 2, budget: 0.1, repair: false },
} as const satisfies SchedulesConfig;

export type ScheduleName = keyof SchedulesConfig;

export interface ScheduleFile {
  cron?: string;
  time_zone?: string;
  catch_up?: 'each' | 'last';
  timeout?: string;
  attempts?: number;
  retry_after?: string;
  budget?: number;
  repair?: boolean;
}

/** As the schema describes it. */
export interface SchedulesFile extends Partial<Record<ScheduleName, ScheduleFile | false>> {
  time_zone?: string;
}

const NAMES = Object.keys(DEFAULT_SCHEDULES) as ScheduleName[];

/** What the schema cannot say. */
export function scheduleProblems(file: SchedulesFile = {}): ConfigProblem[] {
  const problems = zoneProblems(file.time_zone, 'schedules.time_zone');
  for (const name of NAMES) {
    const schedule = file[name];
    if (schedule === undefined || schedule === false) continue;
    problems.push(...zoneProblems(schedule.time_zone, `schedules.${name}.time_zone`));
    if (schedule.cron === undefined) continue;
    const [error] = validateDetailed(schedule.cron).errors;
    if (error === undefined) continue;
    problems.push({
      path: `schedules.${name}.cron`,
      message: `${error.message}; minute, hour, day of month, month and day of week are expected, seconds before them`,
    });
  }
  return problems;
}

function zoneProblems(zone: string | undefined, path: string): ConfigProblem[] {
  if (zone === undefined || isTimeZone(zone)) return [];
  return [{ path, message: 'must be the IANA name of a time zone, such as UTC or Europe/Berlin' }];
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** With defaults; the file is known to be right. */
export function schedulesOf(file: SchedulesFile = {}): SchedulesConfig {
  const zone = file.time_zone;
  return {
    freshness: scheduleOf(DEFAULT_SCHEDULES.freshness, file.freshness, zone),
    folding: scheduleOf(DEFAULT_SCHEDULES.folding, file.folding, zone),
    retention: scheduleOf(DEFAULT_SCHEDULES.retention, file.retention, zone),
    tests: scheduleOf(DEFAULT_SCHEDULES.tests, file.tests, zone),
    forecasts: scheduleOf(DEFAULT_SCHEDULES.forecasts, file.forecasts, zone),
    verification: verificationOf(file.verification, zone),
  };
}

function scheduleOf(
  fallback: ScheduleConfig,
  file: ScheduleFile | false | undefined,
  zone: string | undefined,
): ScheduleConfig | null {
  if (file === false) return null;
  return {
    cron: file?.cron ?? fallback.cron,
    timeZone: file?.time_zone ?? zone ?? fallback.timeZone,
    catchUp: file?.catch_up ?? fallback.catchUp,
    timeoutMs: durationMs(file?.timeout) ?? fallback.timeoutMs,
    attempts: file?.attempts ?? fallback.attempts,
    retryAfterMs: durationMs(file?.retry_after) ?? fallback.retryAfterMs,
  };
}

function verificationOf(
  file: ScheduleFile | false | undefined,
  zone: string | undefined,
): VerificationScheduleConfig | null {
  const fallback = DEFAULT_SCHEDULES.verification;
  const schedule = scheduleOf(fallback, file, zone);
  if (schedule === null || file === false) return null;
  return { ...schedule, budget: file?.budget ?? fallback.budget, repair: file?.repair ?? fallback.repair };
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: MINUTE, h: HOUR, d: 24 * HOUR };

/** `30s`, `10m`, `1h`, `2d`: the schema has seen to the form. */
export function durationMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, count = '', unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  return Number(count) * UNITS_MS[unit]!;
}
