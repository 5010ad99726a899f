/** Bytes as text and back, in the forms that the protocol uses. */

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Two hexadecimal digits a byte.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The bytes of a base64 text; null where it is none.
 * @param {string | null} text
 * @returns {Uint8Array | null}
 */
export function fromBase64(text) {
  if (text === null || !BASE64.test(text)) return null;
  const given = text.replace(/=+$/, "");
  const bytes = new Uint8Array(Math.floor((given.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let next = 0;
  for (const digit of given) {
    held = ((held & 0x3f) << 6) | DIGITS.indexOf(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[next++] = (held >> bits) & 0xff;
    }
  }
  return bytes;
}
