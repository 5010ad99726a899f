/** Reading a bundle: what a till is sent. Source: contract, section 6. */

import { readPromotion } from "./consistency.js";
import { CURRENCY, ENGINE_VERSION, SETTINGS } from "./definition.js";
import { below, Findings, Invalid, isObject } from "./problems.js";
import { Anything, Integer, ListOf, Shaped } from "./shapes.js";

/** @typedef {import("./problems.js").Path} Path */
/** @typedef {import("./types.js").CompiledPromotion} CompiledPromotion */
/** @typedef {import("./types.js").Settings} Settings */

/** `golden` baskets and `voucher_keys` are the till's (contract sync.md, section 1); the engine reads neither. */
const BUNDLE = new Shaped({
  "engine!": new Integer(1),
  currency: CURRENCY,
  settings: SETTINGS,
  "promotions!": new ListOf(new Anything()),
  golden: new Anything(),
  voucher_keys: new Anything(),
});

/**
 * The compiled promotions and the settings of a bundle. Throws Invalid when it can't be used.
 * @param {unknown} document
 * @returns {{promotions: CompiledPromotion[], settings: Settings}}
 */
export function readBundle(document) {
  const findings = new Findings();
  const bundle = checkBundle(document, null, findings);
  if (findings.any || !bundle) throw new Invalid(findings.inOrderOf(document));
  return { promotions: bundle.promotions, settings: bundle.settings || {} };
}

/**
 * A bundle in canonical form; notes every problem. Of one with a newer engine nothing else is read.
 * @param {unknown} document
 * @param {Path} path
 * @param {Findings} findings
 * @returns {Record<string, any> | null}
 */
export function checkBundle(document, path, findings) {
  const engine = isObject(document) ? document.engine : null;
  if (typeof engine === "number" && engine > ENGINE_VERSION) {
    const words = `must be ${ENGINE_VERSION}: this engine is too old for the bundle`;
    findings.add(below(path, "engine"), words);
    return null;
  }
  const bundle = BUNDLE.read(document, path, findings);
  if (bundle && Array.isArray(bundle.promotions)) {
    bundle.promotions = readPromotions(bundle.promotions, below(path, "promotions"), findings);
  }
  return bundle;
}

/**
 * Promotions in canonical form, no code twice.
 * @param {unknown[]} documents
 * @param {Path} path
 * @param {Findings} findings
 */
function readPromotions(documents, path, findings) {
  const codes = new Set();
  return documents.map((document, position) => {
    const at = below(path, position);
    const promotion = readPromotion(document, at, findings);
    const code = promotion ? promotion.code : null;
    if (code !== null && code !== undefined && codes.has(code)) {
      findings.add(below(at, "code"), `must differ from the other promotions, ${code} stands twice`);
    }
    codes.add(code);
    return promotion;
  });
}
