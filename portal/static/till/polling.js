/**
 * When a till asks again: on time with some jitter, and after failures later and later, spread over the whole time, so
 * that a thousand tills do not come back in the same second. Source: sync.md, section 3.
 */

const JITTER = 0.1;
const FIRST_BACK_OFF_S = 2;
const LONGEST_BACK_OFF_S = 300;
const LONGEST_OBEYED_S = 3600;

/**
 * Seconds until the next poll.
 * @param {object} last
 * @param {number} last.pollAfterS of the manifest
 * @param {number} last.failures in a row, 0 after an answer
 * @param {number | null} last.retryAfterS what the server asked for
 * @param {number} last.random from 0 to below 1
 * @returns {number}
 */
export function secondsToWait({ pollAfterS, failures, retryAfterS, random }) {
  if (retryAfterS !== null) return Math.min(retryAfterS, LONGEST_OBEYED_S) + random * pollAfterS * JITTER;
  if (failures === 0) return pollAfterS * (1 - JITTER + 2 * JITTER * random);
  return random * Math.min(LONGEST_BACK_OFF_S, FIRST_BACK_OFF_S * 2 ** Math.min(failures, 20));
}

/**
 * Seconds of a header `Retry-After`, which is a number or a date; null where there is none or it can't be read.
 * @param {string | null} header
 * @param {number} now milliseconds since 1970
 * @returns {number | null}
 */
export function retryAfter(header, now) {
  if (header === null || header.trim() === "") return null;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, (at - now) / 1000);
}
