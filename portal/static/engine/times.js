/**
 * Dates and times as the contract writes them, turned into integers.
 *
 * Days are counted from 1970-01-01, seconds and minutes from its midnight; nothing here reads a clock or knows a zone.
 * A text that is not of the asked form, or names no real day, is NaN.
 */

const MINUTES_A_DAY = 24 * 60;
const SECONDS_A_DAY = 24 * 60 * 60;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)$/;
const LOCAL = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?(Z?)$/;
const AT =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;
const MOST_KEPT = 64;

/**
 * Days from 1970-01-01 to `YYYY-MM-DD`; NaN for no such day of the years 1 to 9999.
 * @param {string} text
 * @returns {number}
 */
export function dayOf(text) {
  const match = DATE.exec(text);
  if (!match) return NaN;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return NaN;
  return daysFrom1970(year, month, day);
}

/**
 * @param {number} year
 * @param {number} month
 */
function daysOf(year, month) {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** @param {number} year */
function isLeap(year) {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/**
 * The day's number in the Gregorian calendar, counted in years that begin on 1 March.
 * @param {number} year
 * @param {number} month
 * @param {number} day
 */
function daysFrom1970(year, month, day) {
  const years = month > 2 ? year : year - 1;
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  const ofYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return 365 * years + leapDays + ofYear - 719468;
}

/**
 * Minutes from midnight of `HH:MM`; 24:00 is 1440.
 * @param {string} text
 * @returns {number}
 */
export function minuteOf(text) {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
}

/** @param {string} text */
function clock(text) {
  return CLOCK.test(text) ? minuteOf(text) : NaN;
}

/** @param {string} text */
function clockEnd(text) {
  return text === "24:00" ? MINUTES_A_DAY : clock(text);
}

/**
 * Seconds from 1970-01-01T00:00 to `YYYY-MM-DDTHH:MM[:SS]`, on the same clock (`Z` may follow).
 * @param {string} text
 * @returns {number}
 */
export function localSeconds(text) {
  const match = LOCAL.exec(text);
  return match ? secondsOf(match) : NaN;
}

/** @param {RegExpExecArray} match date, hour, minute and perhaps a second */
function secondsOf([, date, hour, minute, second = "0"]) {
  return dayOf(date) * SECONDS_A_DAY + Number(hour) * 3600 + Number(minute) * 60 + Number(second);
}

/**
 * Seconds of the store's wall clock, and its offset from UTC in seconds.
 * @typedef {{seconds: number, offset: number}} At
 */

/** @type {Map<string, At>} */
const known = new Map();

/**
 * A basket's `at`. Fractions are cut: every bound of a schedule is a whole second.
 * @param {string} text
 * @returns {At}
 */
export function readAt(text) {
  let at = known.get(text);
  if (!at) {
    const match = AT.exec(text);
    const seconds = match ? secondsOf(match) : NaN;
    const offset = match && match[5] ? Number(match[6]) * 3600 + Number(match[7]) * 60 : 0;
    at = { seconds, offset: match && match[5] === "-" ? -offset : offset };
    if (known.size === MOST_KEPT) known.clear();
    known.set(text, at);
  }
  return at;
}

/**
 * The least distance in days from `day` to a birthday of any year; 29 February is 28 in other years.
 * @param {number} day
 * @param {string} birthday
 * @returns {number}
 */
export function daysToBirthday(day, birthday) {
  const month = Number(birthday.slice(5, 7));
  const ofMonth = Number(birthday.slice(8, 10));
  const around = yearOf(day);
  let least = Infinity;
  for (let year = Math.max(around - 1, 1); year <= Math.min(around + 1, 9999); year++) {
    const own = daysFrom1970(year, month, Math.min(ofMonth, daysOf(year, month)));
    least = Math.min(least, Math.abs(day - own));
  }
  return least;
}

/** @param {number} day */
function yearOf(day) {
  let year = 1970 + Math.floor(day / 366);
  while (daysFrom1970(year + 1, 1, 1) <= day) year++;
  while (daysFrom1970(year, 1, 1) > day) year--;
  return year;
}

/**
 * The ISO weekday, 1 (Monday) to 7, of a day counted from 1970-01-01 (a Thursday).
 * @param {number} day
 * @returns {number}
 */
export function weekdayOf(day) {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

/** The written forms: their meaning in words, and their readers. */
export const FORMS = {
  date: { meaning: "a date as YYYY-MM-DD", reader: dayOf },
  clock: { meaning: "a time of day as HH:MM, such as 09:30", reader: clock },
  clock_end: { meaning: "a time of day as HH:MM, such as 17:00 and at most 24:00", reader: clockEnd },
  local_or_utc: { meaning: "a date and time as YYYY-MM-DDTHH:MM:SS, with Z for UTC", reader: localSeconds },
  at: {
    meaning: "a date and time with its offset, such as 2026-11-22T15:30:00+07:00",
    reader: (/** @type {string} */ text) => readAt(text).seconds,
  },
};

/**
 * True when `text` is written in `form` and names a real date or time.
 * @param {keyof typeof FORMS} form
 * @param {string} text
 */
export function isForm(form, text) {
  return !Number.isNaN(FORMS[form].reader(text));
}
