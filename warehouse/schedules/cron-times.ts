import { createTask, parse } from 'node-cron';

/** The times at which a cron expression is due; Unix milliseconds, all of whole seconds. */
export interface CronTimes {
  /** The first one behind a moment. */
  next(afterMs: number): number;
  /** The last one at or before a moment. */
  last(untilMs: number): number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** 29 February comes after eight years at the latest (2096 to 2104); a weekday on it within forty. */
const FARTHEST_DAYS = 41 * 366;

/**
 * node-cron tells the next times from now on, and whether a moment is one: times that have gone by are found by asking. A local
 * time that there is twice (summer time ends) is due twice, one that there is not is not due that day.
 * Throws what node-cron throws for an expression that is none.
 */
export function cronTimes({ cron, timeZone }: { cron: string; timeZone: string }): CronTimes {
  const fields = parse(cron);
  const asked = createTask(cron, () => {}, { timezone: timeZone });
  const isDue = (ms: number): boolean => asked.match(new Date(ms));
  // Zones are quarters of an hour from UTC: minutes at which no zone has one of those that are asked for need no question.
  const minutes = new Set(fields.minute.flatMap((minute) => [0, 15, 30, 45].map((shift) => (minute + shift) % 60)));
  const inOrder = [...minutes].toSorted((a, b) => a - b);
  const seconds = fields.second.toSorted((a, b) => a - b);
  const months = new Set(fields.month);

  function isMonthPossible(dayMs: number): boolean {
    // Somewhere it is a day earlier or later.
    return [-1, 0, 1].some((days) => months.has(new Date(dayMs + days * DAY_MS).getUTCMonth() + 1));
  }

  function* timesOfDay(dayMs: number, fromMs: number, backwards: boolean): Generator<number> {
    const ordered = (values: readonly number[]): readonly number[] => (backwards ? values.toReversed() : values);
    for (const hour of ordered(HOURS)) {
      for (const minute of ordered(inOrder)) {
        const minuteMs = dayMs + hour * HOUR_MS + minute * MINUTE_MS;
        if (backwards ? minuteMs > fromMs : minuteMs + MINUTE_MS <= fromMs) continue;
        if (!seconds.some((second) => isDue(minuteMs + second * 1_000))) continue;
        for (const second of ordered(seconds)) yield minuteMs + second * 1_000;
      }
    }
  }

  function find(fromMs: number, backwards: boolean): number {
    const firstDayMs = Math.floor(fromMs / DAY_MS) * DAY_MS;
    for (let days = 0; days < FARTHEST_DAYS; days++) {
      const dayMs = firstDayMs + (backwards ? -days : days) * DAY_MS;
      if (!isMonthPossible(dayMs)) continue;
      for (const ms of timesOfDay(dayMs, fromMs, backwards)) {
        if (backwards ? ms <= fromMs : ms > fromMs) return ms;
      }
    }
    throw new Error(`${cron} is never due`);
  }

  return { next: (afterMs) => find(afterMs, false), last: (untilMs) => find(untilMs, true) };
}

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
