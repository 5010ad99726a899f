/** Names for events that nobody else gives, and that sort by time: UUID version 7 (RFC 9562, section 5.7). */

import { hexOf } from "./bytes.js";

/**
 * A new UUID.
 * @param {number} now milliseconds since 1970
 * @param {(bytes: Uint8Array) => Uint8Array} randomBytes fills its argument
 * @returns {string}
 */
export function uuid7(now, randomBytes) {
  const bytes = randomBytes(new Uint8Array(16));
  let left = Math.max(0, Math.floor(now));
  for (let at = 5; at >= 0; at--) {
    bytes[at] = left % 256;
    left = Math.floor(left / 256);
  }
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const digits = hexOf(bytes);
  return [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, to]) => digits.slice(from, to))
    .join("-");
}
