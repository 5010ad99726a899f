/**
 * Whole numbers of any size: a number while that is exact, a BigInt from 2**53 on.
 *
 * What a basket costs fits a number (contract, section 1: at most 10**12). Only the units of gifts that are named, and
 * what they are worth, can pass 2**53.
 */

/** @typedef {number | bigint} Whole */

/**
 * The product of two whole numbers, exact.
 * @param {Whole} one
 * @param {Whole} other
 * @returns {Whole}
 */
export function product(one, other) {
  if (typeof one === "number" && typeof other === "number") {
    const rough = one * other;
    if (Number.isSafeInteger(rough)) return rough;
  }
  return asWhole(BigInt(one) * BigInt(other));
}

/**
 * The sum of two whole numbers, exact.
 * @param {Whole} one
 * @param {Whole} other
 * @returns {Whole}
 */
export function sum(one, other) {
  if (typeof one === "number" && typeof other === "number") {
    const rough = one + other;
    if (Number.isSafeInteger(rough)) return rough;
  }
  return asWhole(BigInt(one) + BigInt(other));
}

/**
 * @param {bigint} value
 * @returns {Whole}
 */
function asWhole(value) {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
