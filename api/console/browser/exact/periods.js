const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const LONG = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** @param {string} day YYYY-MM-DD */
function partsOf(day) {
  const [year = '', month = '1', date = '1'] = day.split('-');
  return { year, month: Number(month), date: Number(date) };
}

/**
 * A period by its first day, as people call it.
 * @param {string} day @param {string} grain @param {{ long?: boolean }} [how]
 */
export function periodText(day, grain, { long = false } = {}) {
  const { year, month, date } = partsOf(day.slice(0, 10));
  const name = (long ? LONG : MONTHS)[month - 1];
  if (grain === 'hour') return `${date} ${name} ${year} ${day.slice(11, 16)}`;
  if (!isUsualStart(grain, month, date)) return `from ${date} ${name} ${year}`;
  if (grain === 'year') return year;
  if (grain === 'quarter') return `Q${Math.floor((month - 1) / 3) + 1} ${year}`;
  if (grain === 'month') return `${name} ${year}`;
  return grain === 'week' ? `week of ${date} ${name} ${year}` : `${date} ${name} ${year}`;
}

/** Fiscal and 4-4-5 periods begin elsewhere, and have no name of their own. @param {string} grain @param {number} month @param {number} date */
function isUsualStart(grain, month, date) {
  if (grain === 'month') return date === 1;
  if (grain === 'quarter') return date === 1 && month % 3 === 1;
  return grain !== 'year' || (date === 1 && month === 1);
}

/** A day, or an instant, as a moment that charts can place. @param {string} day */
export function momentOf(day) {
  return new Date(day.length > 10 ? day : `${day}T00:00:00Z`);
}

/** @param {Date} moment */
export function dayText(moment) {
  return moment.toISOString().slice(0, 10);
}

/**
 * The first day of the period that begins so many periods from the one of `day`.
 * @param {string} day @param {string} grain @param {number} periods
 */
export function shifted(day, grain, periods) {
  const { year, month, date } = partsOf(day);
  const at = (/** @type {number} */ y, /** @type {number} */ m, /** @type {number} */ d) => {
    const moment = new Date(Date.UTC(2000, m, d));
    moment.setUTCFullYear(y, m, d); // Date.UTC takes years below 100 for another century
    return dayText(moment);
  };
  const y = Number(year);
  if (grain === 'year') return at(y + periods, 0, 1);
  if (grain === 'quarter') return at(y, Math.floor((month - 1) / 3) * 3 + 3 * periods, 1);
  if (grain === 'month') return at(y, month - 1 + periods, 1);
  if (grain === 'day') return at(y, month - 1, date + periods);
  const weekday = (momentOf(day).getUTCDay() + 6) % 7;
  return at(y, month - 1, date - weekday + 7 * periods);
}

/**
 * When each of these periods ends, as a moment: where the next begins, whatever calendar they are of.
 * @param {readonly string[]} periods first days, or instants of hours
 * @param {string} grain @returns {Map<string, Date>}
 */
export function endsOf(periods, grain) {
  const ordered = [...new Set(periods)].sort((a, b) => +momentOf(a) - +momentOf(b));
  return new Map(
    ordered.map((period, index) => {
      const next = ordered[index + 1];
      if (next !== undefined) return [period, momentOf(next)];
      return [period, grain === 'hour' ? new Date(+momentOf(period) + 3_600_000) : momentOf(shifted(period, grain, 1))];
    }),
  );
}
