/**
 * What must hold across the fields of a promotion, and reading promotions whole.
 *
 * A check is made only where the fields that it compares are valid. Source: contract, section 1 ("Errors are ...") and
 * section 3.
 */

import { COMPILED, MOST_PLACES, ruleShape, TYPES } from "./definition.js";
import { below, isObject } from "./problems.js";
import { localSeconds } from "./times.js";

/** @typedef {import("./problems.js").Findings} Findings */
/** @typedef {import("./problems.js").Path} Path */
/** @typedef {Record<string, any>} Values */

const BASE_ORIGINAL_TYPES = ["percent_discount", "happy_hour", "threshold", "payment_discount", "cashback"];

/**
 * A compiled promotion in canonical form; notes every problem.
 *
 * One of a type that this engine does not know is only asked for its code: a till skips it.
 * @param {unknown} document
 * @param {Path} path
 * @param {Findings} findings
 * @returns {Values | null}
 */
export function readPromotion(document, path, findings) {
  findings.money = false;
  const shape = ruleShape(document);
  if (!shape && namesAType(document)) return readUnsupported(document, path, findings);
  const promotion = COMPILED.read(document, path, findings);
  if (!promotion) return null;
  if (shape && "rule" in promotion) promotion.rule = shape.read(promotion.rule, below(path, "rule"), findings);
  checkAcross(promotion, path, findings);
  return promotion;
}

/**
 * @param {unknown} document
 * @returns {document is Values}
 */
function namesAType(document) {
  return isObject(document) && typeof document.type === "string" && document.type !== "";
}

/**
 * @param {Values} document
 * @param {Path} path
 * @param {Findings} findings
 * @returns {Values}
 */
function readUnsupported(document, path, findings) {
  const { type } = document;
  let code = null;
  if (document.code === null || document.code === undefined) findings.add(below(path, "code"), "is required");
  else code = /** @type {any} */ (COMPILED.fields.get("code")).read(document.code, below(path, "code"), findings);
  return { code, type };
}

/**
 * @param {Values} promotion
 * @param {Path} path
 * @param {Findings} findings
 */
function checkAcross(promotion, path, findings) {
  const { rule, type } = promotion;
  if (isObject(rule)) {
    const at = below(path, "rule");
    if (type === "amount_discount") checkEachUnit(rule, at, findings);
    if (type === "combo") checkPlaces(rule, "slots", at, findings);
    if (type === "package") checkPlaces(rule, "contents", at, findings);
    if (type === "threshold") checkTiers(rule, at, findings);
  }
  checkTrigger(promotion.trigger || {}, below(path, "trigger"), findings);
  checkDates(promotion.schedule || {}, below(path, "schedule"), findings);
  checkWindows(promotion, path, findings);
  checkStacking(promotion.stacking || {}, below(path, "stacking"), findings);
  if (isObject(rule) && TYPES.includes(type)) {
    checkBase(promotion, path, findings);
    checkMeasure(promotion, path, findings);
  }
  checkExperiment(promotion.experiment || {}, below(path, "experiment"), findings);
  checkCurrency(promotion, path, findings);
}

/**
 * @param {Values} rule
 * @param {Path} path
 * @param {Findings} findings
 */
function checkEachUnit(rule, path, findings) {
  if (!findings.valid(below(path, "on"))) return;
  const eachUnit = rule.on === "each_unit";
  if ("max_units" in rule && !eachUnit) findings.add(below(path, "max_units"), "goes only with on: each_unit");
  if ("pick" in rule && !eachUnit) findings.add(below(path, "pick"), "goes only with on: each_unit");
  else if ("pick" in rule && !("max_units" in rule)) {
    findings.add(below(path, "pick"), "goes only with max_units: without it every unit is taken");
  }
}

/**
 * @param {Values} rule
 * @param {string} key
 * @param {Path} path
 * @param {Findings} findings
 */
function checkPlaces(rule, key, path, findings) {
  const entries = rule[key];
  if (!Array.isArray(entries) || entries.includes(null)) return;
  const quantities = entries.map(({ quantity = 1 }) => quantity);
  if (quantities.includes(null)) return;
  const places = quantities.reduce((sum, quantity) => sum + quantity, 0);
  if (places > MOST_PLACES) {
    findings.add(below(path, key), `must have at most ${MOST_PLACES} places together, not ${places}`);
  }
}

/**
 * @param {Values} rule
 * @param {Path} path
 * @param {Findings} findings
 */
function checkTiers(rule, path, findings) {
  const { tiers } = rule;
  if (!Array.isArray(tiers)) return;
  const seen = new Set();
  tiers.forEach((tier, position) => {
    if (!tier || tier.at === null || tier.at === undefined) return;
    if (seen.has(tier.at)) {
      const at = below(path, "tiers", position, "at");
      findings.add(at, `must differ from the other tiers, ${tier.at} stands twice`);
    }
    seen.add(tier.at);
  });
  if (rule.repeat && findings.valid(below(path, "tiers")) && (tiers.length !== 1 || !("amount" in tiers[0]))) {
    findings.add(below(path, "repeat"), "goes only with one tier that takes an amount off");
  }
}

/**
 * @param {Values} trigger
 * @param {Path} path
 * @param {Findings} findings
 */
function checkTrigger(trigger, path, findings) {
  if (!findings.valid(below(path, "kind"))) return;
  const asksForCode = trigger.kind === "code";
  if (asksForCode && !("code" in trigger)) findings.add(below(path, "code"), "is required where the trigger is a code");
  else if ("code" in trigger && !asksForCode) findings.add(below(path, "code"), "goes only with kind: code");
}

/**
 * @param {Values} schedule
 * @param {Path} path
 * @param {Findings} findings
 */
function checkDates({ starts_at: start, ends_at: end }, path, findings) {
  if (!start || !end || start.endsWith("Z") !== end.endsWith("Z")) return;
  if (localSeconds(end) <= localSeconds(start)) {
    findings.add(below(path, "ends_at"), `must be later than the start, ${start.slice(0, 16).replace("T", " ")}`);
  }
}

/**
 * @param {Values} promotion
 * @param {Path} path
 * @param {Findings} findings
 */
function checkWindows({ type, schedule = {} }, path, findings) {
  const windows = below(path, "schedule", "windows");
  if (type !== "happy_hour" || !isObject(schedule) || !findings.valid(windows)) return;
  if (!schedule.windows || !schedule.windows.length) {
    findings.add(windows, "is required for a happy hour: at least one window of time");
  }
}

/**
 * @param {Values} stacking
 * @param {Path} path
 * @param {Findings} findings
 */
function checkStacking(stacking, path, findings) {
  if (!findings.valid(below(path, "mode"))) return;
  const grouped = stacking.mode === "group";
  if (grouped && !("group" in stacking)) findings.add(below(path, "group"), "is required where the mode is group");
  else if ("group" in stacking && !grouped) findings.add(below(path, "group"), "goes only with mode: group");
}

/**
 * @param {Values} promotion
 * @param {Path} path
 * @param {Findings} findings
 */
function checkBase({ type, rule, stacking }, path, findings) {
  if (!stacking || stacking.base !== "original") return;
  const parts = (type === "threshold" ? rule.tiers : [rule]) || [];
  if (!findings.valid(...["percent", "basis_points", "tiers"].map((key) => below(path, "rule", key)))) return;
  if (BASE_ORIGINAL_TYPES.includes(type)) {
    if (parts.some((/** @type {Values} */ part) => "basis_points" in part)) return;
    const others = ["amount", "price", "gift"];
    if (!parts.some((/** @type {Values} */ part) => others.some((key) => key in part))) return;
  }
  findings.add(below(path, "stacking", "base"), "original goes only with a percentage that is taken on a sum");
}

/**
 * @param {Values} promotion
 * @param {Path} path
 * @param {Findings} findings
 */
function checkMeasure({ type, rule, stacking }, path, findings) {
  if (!stacking || stacking.measure !== "remaining") return;
  let readsSpend;
  if (type === "threshold") readsSpend = rule.on !== "quantity";
  else if (type === "free_item") readsSpend = !isObject(rule.when) || "min_spend" in rule.when;
  else readsSpend = "min_spend" in rule || "min_basket" in rule;
  if (!readsSpend && findings.valid(below(path, "rule", "on"), below(path, "rule", "when"))) {
    findings.add(below(path, "stacking", "measure"), "remaining goes only with a rule that asks for a spend");
  }
}

/**
 * @param {Values} experiment
 * @param {Path} path
 * @param {Findings} findings
 */
function checkExperiment({ range }, path, findings) {
  const at = below(path, "range");
  if (!Array.isArray(range) || !findings.valid(at)) return;
  if (range.length !== 2) findings.add(at, `must be two shares, from and to, not ${range.length}`);
  else if (range[0] > range[1]) findings.add(at, `must not begin at ${range[0]} above its end ${range[1]}`);
}

/**
 * @param {Values} promotion
 * @param {Path} path
 * @param {Findings} findings
 */
function checkCurrency(promotion, path, findings) {
  if ("currency" in promotion) return;
  if (findings.money || hasSpendTiers(promotion)) {
    findings.add(below(path, "currency"), "is required where the rule, limits or requirements hold money");
  }
}

/**
 * Where a threshold reads a spend, the `at` of its tiers is money too.
 * @param {Values} promotion
 */
function hasSpendTiers({ type, rule }) {
  if (type !== "threshold" || !isObject(rule) || !(rule.on === undefined || rule.on === "spend")) return false;
  return (rule.tiers || []).some(
    (/** @type {Values | null} */ tier) => tier && tier.at !== null && tier.at !== undefined,
  );
}
