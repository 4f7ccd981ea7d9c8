/** Days, or hours since 1970. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface PlainStretch {
  readonly window: Stretch;
  readonly yearFrom: number;
  /** The whole periods before. */
  readonly earlier: Stretch;
}

export interface PlainPeriod extends PlainStretch {
  readonly label: string;
  readonly previous: PlainStretch | null;
}

export interface PlainCalendar {
  dayOf(seconds: number): number;
  pointOf(seconds: number): number;
  text(point: number, isEnd: boolean): string;
  periods(): PlainPeriod[];
}

interface Asked {
  readonly from: string;
  readonly to: string;
  readonly grain: string;
  readonly compare: string | null;
  readonly movingPeriods: number;
  readonly timeZone: string;
  readonly weekStart: string;
  readonly calendar: string;
  readonly fiscalYearStart: number;
}

export const dayNumber = (text: string) => Date.parse(`${text}T00:00:00Z`) / 86_400_000;
export const dayString = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);
const yearLater = (text: string, years: number) => `${Number(text.slice(0, 4)) + years}${text.slice(4)}`;

/** Found by walking from day to day; 4-4-5 and weeks' numbers are those of `time_dimension`. */
export function createPlainCalendar(
  days: ReadonlyMap<string, Readonly<Record<string, string>>>,
  asked: Asked,
  publishedAt: string,
): PlainCalendar {
  const { grain, timeZone, compare, movingPeriods } = asked;
  const wall = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const wallOf = (seconds: number) => wall.format(seconds * 1000); // 2024-03-31 03:00:00
  const dayOf = (seconds: number) => dayNumber(wallOf(seconds).slice(0, 10));
  const isHour = grain === 'hour';
  const half = timeZone === 'Asia/Kolkata' ? 1800 : 0;
  const pointOf = (seconds: number) => (isHour ? Math.floor((seconds + half) / 3600) : dayOf(seconds));
  const [from, to, today] = [dayNumber(asked.from), dayNumber(asked.to), dayOf(Date.parse(publishedAt) / 1000)];
  const firstMonths = [0, 3, 6, 9].map((after) => ((asked.fiscalYearStart - 1 + after) % 12) + 1);

  /** Of days with the same text are one period. */
  const names = new Map<string, string>();
  function nameOf(day: number, of = grain): string {
    const key = `${of} ${day}`;
    const name = names.get(key) ?? newNameOf(day, of);
    names.set(key, name);
    return name;
  }

  function newNameOf(day: number, of: string): string {
    const text = dayString(day);
    if (of === 'day') return text;
    if (of === 'week') {
      let at = day;
      while (weekdayOf(at) !== asked.weekStart) at--;
      return dayString(at);
    }
    if (asked.calendar === '4-4-5') {
      const row = days.get(text);
      const number = of === 'month' ? row?.period_445 : of === 'quarter' ? row?.quarter_445 : '';
      return `${row?.year_445} ${number}`;
    }
    const begins = of === 'month' ? null : of === 'quarter' ? firstMonths : [asked.fiscalYearStart];
    const isFirst = text.endsWith('-01') && (begins === null || begins.includes(Number(text.slice(5, 7))));
    return isFirst ? text : nameOf(day - 1, of);
  }

  const wholes = new Map<string, Stretch>();
  function wholeOf(day: number, of = grain): Stretch {
    const name = nameOf(day, of);
    const known = wholes.get(`${of} ${name}`);
    if (known !== undefined) return known;
    let [first, last] = [day, day];
    while (nameOf(first - 1, of) === name) first--;
    while (nameOf(last + 1, of) === name) last++;
    wholes.set(`${of} ${name}`, { from: first, to: last });
    return { from: first, to: last };
  }

  function back(day: number, periods: number): number {
    let first = wholeOf(day).from;
    for (let n = 0; n < periods; n++) first = wholeOf(first - 1).from;
    return first;
  }

  function stretchOf(window: Stretch, shift = 0): PlainStretch {
    return {
      window,
      yearFrom: wholeOf(window.to + shift, 'year').from - shift,
      earlier: {
        from: back(window.to + shift, movingPeriods - 1) - shift,
        to: wholeOf(window.to + shift).from - 1 - shift,
      },
    };
  }

  /** What the days are of their period: the how manieth month and the day of it, or the how manieth day. */
  function placeOf(day: number, whole: Stretch): string {
    if (asked.calendar === '4-4-5' || grain === 'day' || grain === 'week') return String(day - whole.from);
    const months = (text: string) => Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7));
    return `${months(dayString(day)) - months(dayString(whole.from))} ${dayString(day).slice(8)}`;
  }

  function sameDays(window: Stretch, whole: Stretch, other: Stretch): Stretch | null {
    const places = new Set(range(window).map((day) => placeOf(day, whole)));
    const found = range(other).filter((day) => places.has(placeOf(day, other)));
    const first = window.from === whole.from ? other.from : found[0];
    const last = window.to === whole.to ? other.to : found.at(-1);
    return first === undefined || last === undefined || first > last ? null : { from: first, to: last };
  }

  function yearBefore(whole: Stretch): Stretch | null {
    const text = dayString(whole.from);
    if (grain === 'week' || (asked.calendar === '4-4-5' && grain !== 'day')) {
      const now = days.get(text);
      const names = grain === 'week' ? ['iso_year', 'iso_week'] : ['year_445', 'period_445'];
      const [year = '', part = ''] = names;
      const wanted = Number(now?.[part]);
      for (const [date, row] of days) {
        if (Number(row[year]) === Number(now?.[year]) - 1 && Number(row[part]) === wanted)
          return wholeOf(dayNumber(date));
      }
      return null;
    }
    const before = yearLater(text, -1);
    return dayString(dayNumber(before)) === before ? wholeOf(dayNumber(before)) : null;
  }

  function dayPeriods(): PlainPeriod[] {
    const starts = distinctPeriods({ from, to });
    const range = compare?.includes('..') ? compare.split('..').map(dayNumber) : null;
    const others = range === null ? [] : distinctPeriods({ from: range[0] as number, to: range[1] as number });
    return starts.map((whole, index) => {
      const window = { from: Math.max(whole.from, from), to: Math.min(whole.to, to) };
      const seen =
        whole.from <= today && today <= whole.to
          ? { from: window.from, to: Math.max(window.from, Math.min(window.to, today)) }
          : window;
      return { ...stretchOf(window), label: dayString(whole.from), previous: previousOf() };

      function previousOf(): PlainStretch | null {
        if (compare === null) return stretchOf(wholeOf(whole.from - 1));
        if (compare === 'previous_year_weekday') return stretchOf({ from: seen.from - 364, to: seen.to - 364 }, 364);
        if (range !== null) {
          const other = others[index];
          if (other === undefined) return null;
          return stretchOf({
            from: Math.max(other.from, range[0] as number),
            to: Math.min(other.to, range[1] as number),
          });
        }
        const other = compare === 'previous_year' ? yearBefore(whole) : wholeOf(whole.from - 1);
        const found = other === null ? null : sameDays(seen, whole, other);
        return found === null ? null : stretchOf(found);
      }
    });
  }

  function distinctPeriods(within: Stretch): Stretch[] {
    const found: Stretch[] = [];
    for (let day = within.from; day <= within.to; day = (found.at(-1) as Stretch).to + 1) found.push(wholeOf(day));
    return found;
  }

  function hourPeriods(): PlainPeriod[] {
    const hoursOf = (day: number) =>
      range({ from: day * 24 - 30, to: day * 24 + 54 }).filter((hour) => dayOf(hour * 3600 - half) === day);
    const yearFrom = (hour: number) => hoursOf(wholeOf(dayOf(hour * 3600 - half), 'year').from)[0] as number;
    const stretch = (hour: number): PlainStretch => ({
      window: { from: hour, to: hour },
      yearFrom: yearFrom(hour),
      earlier: { from: hour - movingPeriods + 1, to: hour - 1 },
    });
    return range({ from, to }).flatMap((day) =>
      hoursOf(day).map((hour, index, hours) => {
        const face = (each: number) => wallOf(each * 3600 - half).slice(11);
        const repeated = index > 0 && face(hours[index - 1] as number) === face(hour) ? 1 : 0;
        const weekday = hoursOf(day - 364).filter((each) => face(each) === face(hour))[repeated];
        const previous = compare === 'previous_year_weekday' ? weekday : hour - 1;
        const shifted = { yearFrom: hoursOf(wholeOf(day, 'year').from - 364)[0] as number };
        return {
          ...stretch(hour),
          label: hourText(hour),
          previous:
            previous === undefined
              ? null
              : { ...stretch(previous), ...(compare === 'previous_year_weekday' && shifted) },
        };
      }),
    );
  }

  function hourText(hour: number, isEnd = false): string {
    const seconds = hour * 3600 - half + (isEnd ? 3599 : 0);
    const name = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
      .formatToParts(seconds * 1000)
      .find(({ type }) => type === 'timeZoneName')?.value;
    return `${wallOf(seconds).replace(' ', 'T')}${name === 'GMT' ? '+00:00' : name?.slice(3)}`;
  }

  return { dayOf, pointOf, text: isHour ? hourText : dayString, periods: isHour ? hourPeriods : dayPeriods };
}

const WEEKDAY = new Intl.DateTimeFormat('en', { timeZone: 'UTC', weekday: 'long' });

function weekdayOf(day: number): string {
  return WEEKDAY.format(day * 86_400_000).toLowerCase();
}

function range({ from, to }: Stretch): number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n);
}
