/**
 * Who is in an experiment: the hash of GrowthBook's version 2, over UTF-16 code units.
 *
 * Source: contract, section 6, "Experiments"; vectors in tests/vectors/assignment.json.
 */

export const BUCKETS = 10000;

/**
 * The 32-bit FNV-1a hash of the UTF-16 code units of `text`.
 * @param {string} text
 * @returns {number}
 */
export function fnv1a32(text) {
  let value = 0x811c9dc5;
  for (let unit = 0; unit < text.length; unit++) value = Math.imul(value ^ text.charCodeAt(unit), 0x01000193);
  return value >>> 0;
}

/**
 * The ten-thousandth, 0 to 9999, in which a unit falls.
 * @param {string} seed
 * @param {string} unitId
 * @returns {number}
 */
export function bucket(seed, unitId) {
  return fnv1a32(String(fnv1a32(seed + unitId))) % BUCKETS;
}
