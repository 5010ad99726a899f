/**
 * What a promotion asks of everything but the items: time, place, customer, trigger, limits, payment.
 *
 * A promotion has a gate for each of these that it really restricts, in the order of the contract's reasons (section
 * 6); the first that does not let a basket through is the reason. A check says true where it lets the basket pass.
 */

import { asciiLower } from "./basket.js";
import { bucket } from "./buckets.js";
import { stepsOf } from "./shapes.js";
import { dayOf, daysToBirthday, localSeconds, minuteOf, weekdayOf } from "./times.js";

/** @typedef {import("./basket.js").Basket} Basket */
/** @typedef {import("./types.js").CompiledPromotion} CompiledPromotion */
/** @typedef {(basket: Basket) => boolean} Check */
/** @typedef {{reason: string, letsThrough: Check}} Gate */

/**
 * The gates of a compiled promotion, currency first.
 * @param {CompiledPromotion} document
 * @returns {Gate[]}
 */
export function gatesOf(document) {
  const gates = [];
  for (const [reason, make] of MAKERS) {
    const letsThrough = make(document);
    if (letsThrough) gates.push({ reason, letsThrough });
  }
  return gates;
}

/**
 * @param {CompiledPromotion} document
 * @returns {Check | null}
 */
function currencyCheck({ currency }) {
  return currency === undefined ? null : (basket) => basket.currency === currency;
}

/**
 * @param {CompiledPromotion} document
 * @returns {Check | null}
 */
function datesCheck({ schedule }) {
  const start = bound(schedule && schedule.starts_at);
  const end = bound(schedule && schedule.ends_at);
  if (!start && !end) return null;
  return (basket) => {
    if (start && (start.inUtc ? basket.utc : basket.seconds) < start.seconds) return false;
    return !end || (end.inUtc ? basket.utc : basket.seconds) < end.seconds;
  };
}

/** @param {string | undefined} text */
function bound(text) {
  return text === undefined ? null : { seconds: localSeconds(text), inUtc: text.endsWith("Z") };
}

/**
 * @param {CompiledPromotion} document
 * @returns {Check | null}
 */
function hoursCheck({ schedule = {} }) {
  const weekdays = new Set(schedule.weekdays);
  const excluded = new Set((schedule.excluded_dates || []).map(dayOf));
  const windows = (schedule.windows || []).map((window) => ({
    opens: minuteOf(window.from),
    closes: minuteOf(window.to),
    allowed: window.weekdays && window.weekdays.length ? new Set(window.weekdays) : weekdays,
  }));
  if (!(weekdays.size || excluded.size || windows.length)) return null;

  /**
   * @param {number} day
   * @param {Set<number>} allowed
   */
  const startsOn = (day, allowed) => !excluded.has(day) && (!allowed.size || allowed.has(weekdayOf(day)));

  return ({ day, minute }) => {
    if (!windows.length) return startsOn(day, weekdays);
    for (const { opens, closes, allowed } of windows) {
      if (opens < closes) {
        if (opens <= minute && minute < closes && startsOn(day, allowed)) return true;
      } else if ((minute >= opens && startsOn(day, allowed)) || (minute < closes && startsOn(day - 1, allowed))) {
        return true;
      }
    }
    return false;
  };
}

/**
 * @param {CompiledPromotion} document
 * @returns {Check | null}
 */
function storeCheck({ scope = {} }) {
  const inside = new Set(scope.stores);
  const outside = new Set(scope.exclude_stores);
  if (!(inside.size || outside.size)) return null;
  return ({ store }) => (!inside.size || hasWord(inside, store)) && !hasWord(outside, store);
}

/**
 * @param {CompiledPromotion} document
 * @returns {Check | null}
 */
function channelCheck({ scope = {} }) {
  const channels = new Set(scope.channels);
  return channels.size ? ({ channel }) => hasWord(channels, channel) : null;
}

/**
 * @param {Set<string>} words
 * @param {string | undefined} word
 */
function hasWord(words, word) {
  return word !== undefined && words.has(word);
}

/**
 * @param {CompiledPromotion} document
 * @returns {Check | null}
 */
function customerCheck(document) {
  const { targeting = {}, limits = {} } = document;
  const checks = [KNOWN[targeting.customers || "any"], segmentsCheck(targeting), birthdayCheck(targeting)];
  if (document.type === "cross_brand" || limits.per_customer !== undefined) checks.push(isKnown);
  const wanted = /** @type {Check[]} */ (checks.filter((check) => check !== null));
  return wanted.length ? (basket) => wanted.every((check) => check(basket)) : null;
}

/** @type {Check} */
function isKnown({ customer }) {
  return isPresent(customer.id);
}

/**
 * @param {boolean} some
 * @returns {Check}
 */
function hasOrdered(some) {
  return ({ customer }) => isPresent(customer.id) && isPresent(customer.orders) && customer.orders > 0 === some;
}

/** @type {Record<string, Check | null>} */
const KNOWN = {
  any: null,
  known: isKnown,
  anonymous: (basket) => !isKnown(basket),
  new: hasOrdered(false),
  returning: hasOrdered(true),
};

/**
 * @template T
 * @param {T | null | undefined} value
 * @returns {value is T}
 */
function isPresent(value) {
  return value !== undefined && value !== null;
}

/**
 * @param {import("./types.js").Targeting} targeting
 * @returns {Check | null}
 */
function segmentsCheck(targeting) {
  const inside = new Set(targeting.segments);
  const outside = new Set(targeting.exclude_segments);
  if (!(inside.size || outside.size)) return null;
  return ({ customer }) => {
    const own = customer.segments || [];
    return (!inside.size || own.some((word) => inside.has(word))) && !own.some((word) => outside.has(word));
  };
}

/**
 * @param {import("./types.js").Targeting} targeting
 * @returns {Check | null}
 */
function birthdayCheck({ birthday_window_days: days }) {
  if (days === undefined) return null;
  return ({ customer, day }) => isPresent(customer.birthday) && daysToBirthday(day, customer.birthday) <= days;
}

/**
 * @param {CompiledPromotion} document
 * @returns {Check | null}
 */
function experimentCheck({ experiment }) {
  if (!experiment || !experiment.unit) return null;
  const { unit, seed, range } = experiment;
  const [low, high] = range.map((share) => stepsOf(share, 4) || 0);
  return (basket) => {
    const unitId = unit === "customer" ? basket.customer.id : unit === "store" ? basket.store : basket.id;
    if (!isPresent(unitId)) return false;
    const place = bucket(seed, unitId);
    return low <= place && place < high;
  };
}

/**
 * @param {CompiledPromotion} document
 * @returns {Check | null}
 */
function triggerCheck({ code: promotion, trigger = {} }) {
  if (trigger.kind === "code") {
    const code = asciiLower(/** @type {string} */ (trigger.code));
    return (basket) => basket.codes.includes(code);
  }
  return trigger.kind === "voucher" ? (basket) => basket.vouchers.has(promotion) : null;
}

/**
 * @param {CompiledPromotion} document
 * @returns {Check | null}
 */
function limitsCheck({ code, limits = {}, remaining = {} }) {
  const spent = Object.values(remaining).some((left) => left <= 0);
  if (spent) return () => false;
  const perCustomer = limits.per_customer;
  if (perCustomer === undefined) return null;
  return ({ customer }) => timesUsed(customer.usage, code) < perCustomer;
}

/**
 * @param {Record<string, number> | undefined} usage
 * @param {string} code
 * @returns {number}
 */
function timesUsed(usage, code) {
  return usage && Object.prototype.hasOwnProperty.call(usage, code) ? usage[code] : 0;
}

/**
 * @param {CompiledPromotion} document
 * @returns {Check | null}
 */
function paymentCheck({ type, rule }) {
  if (type !== "payment_discount") return null;
  const methods = new Set(rule.methods);
  /** @type {string[]} */
  const bins = rule.bins || [];
  return ({ payment }) => {
    if (!isPresent(payment.method) || (methods.size && !methods.has(payment.method))) return false;
    const number = payment.bin || "";
    return !bins.length || bins.some((bin) => beginsWith(number, bin));
  };
}

/**
 * True when `text` begins with the characters of `prefix`: half of a surrogate pair is no character of it.
 * @param {string} text
 * @param {string} prefix
 */
function beginsWith(text, prefix) {
  return text.startsWith(prefix) && !splitsPair(text, prefix.length);
}

/**
 * @param {string} text
 * @param {number} at
 */
function splitsPair(text, at) {
  return (text.charCodeAt(at - 1) & 0xfc00) === 0xd800 && (text.charCodeAt(at) & 0xfc00) === 0xdc00;
}

/** @type {[string, (document: CompiledPromotion) => Check | null][]} */
const MAKERS = [
  ["currency", currencyCheck],
  ["outside_dates", datesCheck],
  ["outside_hours", hoursCheck],
  ["store", storeCheck],
  ["channel", channelCheck],
  ["customer", customerCheck],
  ["experiment", experimentCheck],
  ["trigger", triggerCheck],
  ["limit_reached", limitsCheck],
  ["payment_method", paymentCheck],
];
