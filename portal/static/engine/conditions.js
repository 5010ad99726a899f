/**
 * What a promotion asks of the items in the basket, and how often that is met.
 *
 * Conditions are taken on the basket as rung up; where a promotion measures what remains, its spends are read once more
 * at its turn. Source: contract, sections 4 and 5.
 */

import { BogoRule, FreeItemRule, SetRule, ThresholdRule, UpsellRule } from "./rules.js";
import { Slots } from "./sets.js";

/** @typedef {import("./promotion.js").Promotion} Promotion */
/** @typedef {import("./rules.js").Gift} Gift */
/** @typedef {import("./rules.js").Tier} Tier */
/** @typedef {import("./runs.js").Runs} Runs */
/** @typedef {import("./selectors.js").Matches} Matches */
/** @typedef {import("./selectors.js").Selector} Selector */

/**
 * Why a condition does not hold, and what is missing: minor units or units.
 * @typedef {{reason: "minimum_spend" | "missing_items", missing: number}} Missing
 */

/**
 * What a rule itself lacks: minor units of a spend, and units. Where both are 0 or less it lacks nothing.
 * @typedef {{spend: number, units: number}} Lacking
 */

/**
 * What the basket as rung up lacks for a promotion; null when it has all.
 * @param {Promotion} promotion
 * @param {Matches} matches
 * @returns {Missing | null}
 */
export function missing(promotion, matches) {
  const { rule, minSpend, minBasket, minQuantity } = promotion;
  const items = "items" in rule ? rule.items : promotion.seen;
  if (promotion.asksForItemsOnly) {
    return matches.lines(items).length ? null : { reason: "missing_items", missing: 1 };
  }
  let spend = 0;
  let units = 0;
  if (minSpend !== undefined) spend = minSpend - matches.spend(items);
  if (minBasket !== undefined) spend = Math.max(spend, minBasket - matches.spend(promotion.seen));
  for (const required of promotion.requires) {
    if (required.spend) spend = Math.max(spend, required.spend - matches.spend(required.selector));
    else units = Math.max(units, required.quantity - matches.units(required.selector));
  }
  const own = lackedByRule(promotion, matches);
  spend = Math.max(spend, own.spend);
  if (spend > 0) return { reason: "minimum_spend", missing: spend };
  if (minQuantity !== undefined) units = Math.max(units, minQuantity - matches.units(items));
  else units = Math.max(units, own.units);
  return units > 0 ? { reason: "missing_items", missing: units } : null;
}

/**
 * What the remaining prices lack of the spends that a promotion reads at its turn; 0 when they suffice.
 * @param {Promotion} promotion
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @returns {number}
 */
export function missingAtItsTurn(promotion, matches, runs) {
  const { rule, minSpend, minBasket } = promotion;
  let lacking = 0;
  if (minSpend !== undefined && "items" in rule) lacking = minSpend - spendOf(runs, matches.lines(rule.items));
  if (minBasket !== undefined) {
    lacking = Math.max(lacking, minBasket - spendOf(runs, matches.lines(promotion.seen)));
  }
  if (rule instanceof FreeItemRule) lacking = Math.max(lacking, freeItemLacks(rule, matches, runs));
  if (rule instanceof ThresholdRule) lacking = Math.max(lacking, tiersLack(rule, matches, runs));
  return Math.max(lacking, 0);
}

/**
 * What the units of some lines cost at the prices of `runs`.
 * @param {Runs[]} runs
 * @param {number[]} lines
 * @returns {number}
 */
export function spendOf(runs, lines) {
  let spend = 0;
  for (const line of lines) {
    for (let run = /** @type {Runs | null} */ (runs[line]); run; run = run.next) spend += run.units * run.price;
  }
  return spend;
}

/**
 * @param {Promotion} promotion
 * @param {Matches} matches
 * @returns {Lacking}
 */
function lackedByRule({ rule }, matches) {
  if (rule instanceof BogoRule) return { spend: 0, units: bogoLacks(rule, matches) };
  if (rule instanceof SetRule) return { spend: 0, units: setLacks(rule.slots, matches) };
  if (rule instanceof FreeItemRule) {
    const lacking = freeItemLacks(rule, matches, matches.rungUp);
    return rule.minSpend === null ? { spend: 0, units: lacking } : { spend: lacking, units: 0 };
  }
  if (rule instanceof UpsellRule) {
    return { spend: 0, units: rule.triggerQuantity - triggerUnits(rule, matches) };
  }
  if (rule instanceof ThresholdRule) {
    const lacking = tiersLack(rule, matches, matches.rungUp);
    return rule.onSpend ? { spend: lacking, units: 0 } : { spend: 0, units: lacking };
  }
  return { spend: 0, units: matches.lines(rule.items).length ? 0 : 1 };
}

/**
 * @param {BogoRule} rule
 * @param {Matches} matches
 * @returns {number}
 */
function bogoLacks({ buy, get, buyQuantity, getQuantity }, matches) {
  if (!get) return buyQuantity + getQuantity - matches.units(buy);
  const slots = [
    { selector: buy, quantity: buyQuantity },
    { selector: get, quantity: getQuantity },
  ];
  return setLacks(slots, matches);
}

/**
 * The places of one complete set minus the most that can be filled at once.
 * @param {SetRule["slots"]} slots
 * @param {Matches} matches
 * @returns {number}
 */
function setLacks(slots, matches) {
  let lacking = 0;
  for (let number = 0; number < slots.length; number++) {
    const { selector, quantity } = slots[number];
    for (let earlier = 0; earlier < number; earlier++) {
      if (matches.meet([slots[earlier].selector], matches.bits(selector))) return overlappingSetLacks(slots, matches);
    }
    lacking += Math.max(quantity - matches.units(selector), 0);
  }
  return lacking;
}

/**
 * @param {SetRule["slots"]} slots
 * @param {Matches} matches
 * @returns {number}
 */
function overlappingSetLacks(slots, matches) {
  const { quantities } = matches.basket;
  const filled = new Slots(slots, matches);
  return filled.places - filled.mostFilled((line) => quantities[line]);
}

/**
 * @param {FreeItemRule} rule
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @returns {number}
 */
function freeItemLacks({ gift, items, minSpend, quantity }, matches, runs) {
  const onSpend = minSpend !== null;
  return (onSpend ? minSpend : quantity) - measuredWithout(gift, gift.quantity, items, matches, runs, onSpend);
}

/**
 * Units that match the trigger and not the offer.
 * @param {UpsellRule} rule
 * @param {Matches} matches
 * @returns {number}
 */
export function triggerUnits(rule, matches) {
  const { quantities } = matches.basket;
  const offered = new Set(matches.lines(rule.offer));
  let units = 0;
  for (const line of matches.lines(rule.trigger)) {
    if (!offered.has(line)) units += quantities[line];
  }
  return units;
}

/**
 * What the nearest tier lacks; 0 or less when one is reached.
 * @param {ThresholdRule} rule
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @returns {number}
 */
function tiersLack(rule, matches, runs) {
  const measured = new TierMeasure(rule, matches, runs);
  if (!rule.hasGifts) return rule.tiers[0].at - measured.whole;
  return Math.min(...rule.tiers.map((tier) => tier.at - measured.of(tier)));
}

/** How a tier is measured: the spend or units of the matching items, a gift tier without its own gift. */
export class TierMeasure {
  /**
   * @param {ThresholdRule} rule
   * @param {Matches} matches
   * @param {Runs[]} runs
   */
  constructor(rule, matches, runs) {
    this.rule = rule;
    this.matches = matches;
    this.runs = runs;
    this.whole = wholeMeasure(rule.items, matches, runs, rule.onSpend);
  }

  /**
   * @param {Tier} tier
   * @returns {number}
   */
  of({ gift }) {
    if (!gift) return this.whole;
    const { rule, matches, runs } = this;
    return this.whole - takenOut(gift, gift.quantity, rule.items, matches, runs, rule.onSpend);
  }
}

/**
 * The spend or units of `items` in the basket without its first `gifts` gift units.
 * @param {Gift} gift
 * @param {number} gifts
 * @param {Selector} items
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @param {boolean} onSpend
 * @returns {number}
 */
export function measuredWithout(gift, gifts, items, matches, runs, onSpend) {
  return wholeMeasure(items, matches, runs, onSpend) - takenOut(gift, gifts, items, matches, runs, onSpend);
}

/**
 * @param {Selector} items
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @param {boolean} onSpend
 * @returns {number}
 */
function wholeMeasure(items, matches, runs, onSpend) {
  if (!onSpend) return matches.units(items);
  return runs === matches.rungUp ? matches.spend(items) : spendOf(runs, matches.lines(items));
}

/**
 * What the first `gifts` gift units add to the spend or units of the counted items.
 * @param {Gift} gift
 * @param {number} gifts
 * @param {Selector} counted
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @param {boolean} onSpend
 * @returns {number}
 */
function takenOut(gift, gifts, counted, matches, runs, onSpend) {
  const countedLines = new Set(matches.lines(counted));
  let total = 0;
  for (const line of matches.lines(gift.selector)) {
    for (let run = /** @type {Runs | null} */ (runs[line]); run; run = run.next) {
      const taken = Math.min(run.units, gifts);
      gifts -= taken;
      if (countedLines.has(line)) total += onSpend ? taken * run.price : taken;
    }
    if (!gifts) break;
  }
  return total;
}
