/**
 * The promotion engine for tills: a bundle and a basket in, what the shopper pays out.
 *
 *     import { loadBundle } from "./engine/index.js";
 *
 *     const { calculator, errors } = loadBundle(bundle);          // once, when the till fetched a bundle
 *     const result = calculator.calculatePromotions(basket);      // for every basket
 *
 * Works offline, in Node 20 and in browsers and web views from 2021 on; it reads no clock, zone or locale and keeps
 * nothing of a basket. Nothing here throws: what can't be used is answered with `errors`, each the field and what would
 * be right, and a promotion of a type that this engine does not know stands in `not_applied` as `unsupported`. A till
 * that gets errors sells at the prices as rung up.
 *
 * Money is in minor units. Numbers are exact: one past 2**53 (units of gifts to add, in a basket of absurd size) is a
 * BigInt; `toJson` writes such a result. Source: contract, sections 2, 6 and 7.
 */

import { PromotionCalculator } from "./calculator.js";
import { calculatorOfCase } from "./evaluate.js";
import { Invalid } from "./problems.js";

export { toJson } from "./json.js";

/** @typedef {import("./types.js").Errors} Errors */
/** @typedef {import("./types.js").Result} Result */

/** A bundle that is ready for baskets. */
export class Calculator {
  /** @param {PromotionCalculator} promotions */
  constructor(promotions) {
    this.promotions = promotions;
  }

  /**
   * What a basket costs and why; the document is only read.
   * @param {unknown} basket a basket document (contract, section 2)
   * @returns {Result | Errors}
   */
  calculatePromotions(basket) {
    return guarded(() => this.promotions.calculatePromotions(basket));
  }
}

/**
 * Read a bundle and index it; the document is only read.
 * @param {unknown} bundle a bundle document (contract, section 6)
 * @returns {{calculator: Calculator, errors?: undefined} | {calculator?: undefined, errors: Errors["errors"]}}
 */
export function loadBundle(bundle) {
  return guarded(() => ({ calculator: new Calculator(new PromotionCalculator(bundle)) }));
}

/**
 * The result of a case that holds a bundle, or every problem of it (contract, section 7).
 * @param {any} document
 * @returns {Result | Errors}
 */
export function evaluateCase(document) {
  return guarded(() => calculatorOfCase(document).calculatePromotions(document.basket));
}

/**
 * @template T
 * @param {() => T} action
 * @returns {T | Errors}
 */
function guarded(action) {
  try {
    return action();
  } catch (error) {
    return { errors: error instanceof Invalid ? error.problems : [{ field: "", message: unexpected(error) }] };
  }
}

/**
 * A document that is no JSON (a getter that throws, thousands of lists in lists) must not stop a sale either.
 * @param {unknown} error
 * @returns {string}
 */
function unexpected(error) {
  try {
    return `could not be read: ${error instanceof Error ? error.message : String(error)}`;
  } catch {
    return "could not be read";
  }
}
