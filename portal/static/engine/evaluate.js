/** The door to the engine: one case in, one answer out. Source: contract, section 7. */

import { checkBasket } from "./basket.js";
import { checkBundle } from "./bundle.js";
import { PromotionCalculator } from "./calculator.js";
import { REMAINING } from "./definition.js";
import { below, Findings, Invalid, isObject } from "./problems.js";
import { shown } from "./quoting.js";
import { Anything, Shaped } from "./shapes.js";

/** @typedef {Record<string, any>} Values */

const CASE = new Shaped({
  promotions: new Anything(),
  "basket!": new Anything(),
  settings: new Anything(),
  remaining: new Anything(),
  bundle: new Anything(),
});

/**
 * The calculator of a case: its bundle, with what remains of the limits. A case of this engine holds a bundle:
 * definitions are compiled by the portal. Throws Invalid with every problem of the case, those of its basket too.
 * @param {unknown} document
 * @returns {PromotionCalculator}
 */
export function calculatorOfCase(document) {
  const findings = new Findings();
  const values = CASE.read(document, null, findings);
  if (!values) throw new Invalid(findings.inOrderOf(document));
  const bundle = givenBundle(values, findings);
  if ("basket" in values) checkBasket(values.basket, below(null, "basket"), findings);
  const remaining = readRemaining(values, bundle, findings);
  if (findings.any) throw new Invalid(findings.inOrderOf(document));
  for (const promotion of bundle.promotions) {
    const left = remaining.get(promotion.code);
    if (left) promotion.remaining = { ...promotion.remaining, ...left };
  }
  return new PromotionCalculator(bundle);
}

/**
 * @param {Values} values
 * @param {Findings} findings
 * @returns {Values}
 */
function givenBundle(values, findings) {
  if (!("bundle" in values)) {
    const words = "promotions" in values ? "must be compiled: this engine takes a bundle" : "is required";
    findings.add(below(null, "promotions"), words);
    return { promotions: [] };
  }
  for (const key of ["promotions", "settings"]) {
    if (key in values) {
      findings.add(below(null, key), "stands in the bundle already: a case holds the one or the other");
    }
  }
  return checkBundle(values.bundle, below(null, "bundle"), findings) || { promotions: [] };
}

/**
 * What remains of the limits, by code; under an unknown code nothing is read.
 * @param {Values} values
 * @param {Values} bundle
 * @param {Findings} findings
 * @returns {Map<string, Values>}
 */
function readRemaining({ remaining: given = {} }, bundle, findings) {
  /** @type {Map<string, Values>} */
  const remaining = new Map();
  const path = below(null, "remaining");
  if (!isObject(given)) {
    findings.add(path, `must be an object, not ${shown(given)}`);
    return remaining;
  }
  const promotions = /** @type {(Values | null)[]} */ (bundle.promotions || []);
  const codes = new Set(promotions.map((promotion) => (promotion && promotion.code) || null));
  const promotionsAreValid = findings.valid(below(null, "promotions"), below(null, "bundle"));
  const allCodesKnown = !codes.has(null) && (promotions.length > 0 || promotionsAreValid);
  for (const code of Object.keys(given)) {
    const left = given[code];
    if (left === null || left === undefined) continue;
    if (codes.has(code)) remaining.set(code, REMAINING.read(left, below(path, code), findings) || {});
    else if (allCodesKnown) findings.add(below(path, code), "is not the code of a promotion of this case");
  }
  return remaining;
}
