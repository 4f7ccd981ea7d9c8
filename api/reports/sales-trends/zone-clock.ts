import type { Day } from '../calendar.ts';

const DAY_SECONDS = 86_400;

/** Wall clocks of a time zone. Instants are Unix seconds. */
export interface ZoneClock {
  /** What the clock is ahead of UTC, in seconds. */
  offsetAt(instant: number): number;
  dayOf(instant: number): Day;
  /** First instant of a day, also of one whose midnight is skipped or comes twice. */
  startOfDay(day: Day): number;
  /** `2026-10-25T02:00:00+01:00`. */
  textOf(instant: number): string;
}

export function createZoneClock(timeZone: string): ZoneClock {
  const format = timeZone === 'UTC' ? null : formatOf(timeZone); // making one takes as long as a small answer

  function offsetAt(instant: number): number {
    if (format === null) return 0;
    const parts = Object.fromEntries(format.formatToParts(instant * 1000).map(({ type, value }) => [type, value]));
    const part = (name: string) => Number(parts[name]);
    const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    return wall / 1000 - instant;
  }
  const dayOf = (instant: number) => Math.floor((instant + offsetAt(instant)) / DAY_SECONDS);

  return {
    offsetAt,
    dayOf,
    startOfDay(day) {
      const wall = day * DAY_SECONDS;
      const [before, after] = [offsetAt(wall - DAY_SECONDS), offsetAt(wall + DAY_SECONDS)];
      const found = [wall - before, wall - after].filter((start) => dayOf(start) === day && dayOf(start - 1) < day);
      if (found.length > 0) return Math.min(...found);
      return firstWithin(wall - DAY_SECONDS, wall + DAY_SECONDS, (instant) => dayOf(instant) >= day);
    },
    textOf(instant) {
      const offset = offsetAt(instant);
      const wall = new Date((instant + offset) * 1000).toISOString().slice(0, 19);
      const minutes = Math.trunc(Math.abs(offset) / 60);
      const pad = (value: number) => String(value).padStart(2, '0');
      return `${wall}${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
    },
  };
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    era: 'short',
  });
}

/** The first for which it holds. Precondition: it holds at `to`, and from the first on. */
function firstWithin(from: number, to: number, holds: (instant: number) => boolean): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
