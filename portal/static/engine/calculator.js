/**
 * PromotionCalculator: a bundle, read and indexed once, applied to any number of baskets.
 *
 * Source: contract, sections 5 and 6.
 */

import { readBasket } from "./basket.js";
import { readBundle } from "./bundle.js";
import { missing } from "./conditions.js";
import { percentOf } from "./money.js";
import { Promotion } from "./promotion.js";
import { Reach } from "./reach.js";
import {
  calculateBogo,
  calculateCashback,
  calculateCrossBrand,
  calculateDiscount,
  calculateFreeItem,
  calculatePaymentDiscount,
  calculateSets,
  calculateThreshold,
  calculateUpsell,
} from "./rewards.js";
import { BogoRule, DiscountRule, ThresholdRule } from "./rules.js";
import { Matches, SelectorIndex } from "./selectors.js";
import { applyAll, Candidate, conflict, resolveBest, resolveByPriority, turnOf } from "./stacking.js";

/** @typedef {import("./basket.js").Basket} Basket */
/** @typedef {import("./outcome.js").Outcome} Outcome */
/** @typedef {import("./rules.js").Value} Value */
/** @typedef {import("./selectors.js").Selector} Selector */
/** @typedef {import("./stacking.js").Choice} Choice */
/** @typedef {import("./types.js").Result} Result */
/** @typedef {import("./types.js").NotApplied} NotApplied */

/** The promotions of a bundle, ready for baskets; one basket at a time. */
export class PromotionCalculator {
  static calculatePercentDiscount = calculateDiscount;
  static calculateAmountDiscount = calculateDiscount;
  static calculateHappyHour = calculateDiscount;
  static calculateBogo = calculateBogo;
  static calculateCombo = calculateSets;
  static calculatePackage = calculateSets;
  static calculateMixMatch = calculateSets;
  static calculateFreeItem = calculateFreeItem;
  static calculateUpsell = calculateUpsell;
  static calculateThreshold = calculateThreshold;
  static calculatePaymentDiscount = calculatePaymentDiscount;
  static calculateCashback = calculateCashback;
  static calculateCrossBrand = calculateCrossBrand;

  /**
   * Read a bundle (contract, section 6). Throws Invalid when it can't be used.
   * @param {unknown} bundle
   */
  constructor(bundle) {
    const { promotions, settings } = readBundle(bundle);
    this.index = new SelectorIndex();
    /** @type {boolean} */
    this.explain = settings.explain === undefined ? true : settings.explain;
    /** @type {string} */
    this.resolution = settings.resolution || "best";
    this.unsupported = promotions.filter(({ rule }) => rule === undefined).map(({ code }) => code);
    const supported = promotions.filter(({ rule }) => rule !== undefined).sort(byRank);
    this.promotions = supported.map((document, rank) => new Promotion(document, this.index, rank));
    this.reach = new Reach(supported, this.promotions);
  }

  /**
   * The result of a basket (contract, section 6). Throws Invalid for a basket that can't be used.
   * @param {unknown} basket
   * @returns {Result}
   */
  calculatePromotions(basket) {
    return this.price(readBasket(basket));
  }

  /**
   * The result of a basket that was read already.
   * @param {Basket} basket
   * @returns {Result}
   */
  price(basket) {
    const matches = new Matches(basket, this.index);
    /** @type {Reasons | null} */
    const reasons = this.explain ? new Map() : null;
    const { candidates, suggesting } = this.candidates(matches, reasons);
    const choice =
      this.resolution === "best" ? resolveBest(candidates, matches) : applyAll(resolveByPriority(candidates), matches);
    const result = resultOf(basket, choice, suggesting);
    if (reasons) {
      explainTheRest(candidates, choice, suggesting, reasons);
      for (const code of this.unsupported) reasons.set(code, { reason: "unsupported", detail: {} });
      result.not_applied = notApplied(reasons);
    }
    return result;
  }

  /**
   * The eligible promotions that alone give something, and the outcomes that only suggest, by rank.
   * @param {Matches} matches
   * @param {Reasons | null} reasons
   */
  candidates(matches, reasons) {
    /** @type {Candidate[]} */
    const candidates = [];
    /** @type {Outcome[]} */
    const suggesting = [];
    for (const promotion of reasons ? this.promotions : this.reach.of(matches)) {
      let reason = firstReason(promotion, matches, reasons !== null);
      if (!reason) {
        if (surelyGives(promotion, matches)) {
          candidates.push(new Candidate(promotion, matches));
          continue;
        }
        const outcome = turnOf(promotion, matches, matches.rungUp);
        if (outcome.gives) {
          candidates.push(new Candidate(promotion, matches, outcome));
          continue;
        }
        if (outcome.suggestion) {
          suggesting.push(outcome);
          continue;
        }
        reason = { reason: "no_benefit", detail: {} };
      }
      if (reasons) reasons.set(promotion.code, reason);
    }
    return { candidates, suggesting };
  }
}

/** @typedef {{reason: string, detail: NotApplied["detail"]}} Reason */
/** @typedef {Map<string, Reason>} Reasons */

/**
 * Sort order: priority descending, then code.
 * @param {{priority?: number, code: string}} one
 * @param {{priority?: number, code: string}} other
 */
function byRank(one, other) {
  return (other.priority || 0) - (one.priority || 0) || (one.code < other.code ? -1 : 1);
}

/**
 * True when it is plain from the sums that, alone on the basket, a promotion gives a discount.
 *
 * False where it has to be computed. Sharing a discount is the costly part, and alone it is seldom asked for.
 * @param {Promotion} promotion
 * @param {Matches} matches
 * @returns {boolean}
 */
export function surelyGives({ rule }, matches) {
  if (rule instanceof DiscountRule) {
    if (rule.maxUnits !== null || rule.value.price !== null) return false;
    return comesToSomething(rule.value, rule.items, matches);
  }
  if (rule instanceof ThresholdRule) {
    const { items, tiers } = rule;
    return tiers.every(({ gift, value }) => {
      return !gift && value.price === null && comesToSomething(value, items, matches);
    });
  }
  if (rule instanceof BogoRule && !matches.basket.hasFloors) {
    const { prices } = matches.basket;
    let least = Infinity;
    for (const line of matches.lines(rule.get || rule.buy)) least = Math.min(least, prices[line]);
    return percentOf(least * rule.getQuantity, rule.basisPoints) > 0;
  }
  return false;
}

/**
 * @param {Value} value
 * @param {Selector} items
 * @param {Matches} matches
 */
function comesToSomething({ amount, basisPoints }, items, matches) {
  const wanted = amount || percentOf(matches.spend(items), basisPoints || 0);
  return wanted > 0 && matches.capacity(items) > 0;
}

const LETS_NOT_THROUGH = { reason: "", detail: {} };

/**
 * Why a promotion is not eligible; null when it is.
 * @param {Promotion} promotion
 * @param {Matches} matches
 * @param {boolean} explain
 * @returns {Reason | null}
 */
function firstReason(promotion, matches, explain) {
  for (const { reason, letsThrough } of promotion.gates) {
    if (!letsThrough(matches.basket)) return explain ? { reason, detail: {} } : LETS_NOT_THROUGH;
  }
  const lacking = missing(promotion, matches);
  return lacking && { reason: lacking.reason, detail: { missing: lacking.missing } };
}

/**
 * Reasons of what was eligible and still did not apply.
 * @param {Candidate[]} candidates
 * @param {Choice} choice
 * @param {Outcome[]} suggesting
 * @param {Reasons} reasons
 */
function explainTheRest(candidates, choice, suggesting, reasons) {
  for (const { promotion } of suggesting) reasons.set(promotion.code, { reason: "suggested", detail: {} });
  for (const outcome of choice.outcomes) {
    if (!outcome.gives) reasons.set(outcome.promotion.code, reasonAtItsTurn(outcome));
  }
  const members = new Set(choice.members);
  for (const candidate of candidates) {
    if (members.has(candidate)) continue;
    const against = choice.members.filter(({ promotion }) => conflict(candidate.promotion, promotion));
    const lostTo = against.map(({ promotion }) => promotion.code).sort();
    reasons.set(candidate.promotion.code, { reason: "not_best", detail: { lost_to: lostTo } });
  }
}

/**
 * @param {Outcome} outcome
 * @returns {Reason}
 */
function reasonAtItsTurn({ unmet, suggestion }) {
  if (unmet) return { reason: "minimum_spend", detail: { missing: unmet } };
  return { reason: suggestion ? "suggested" : "no_benefit", detail: {} };
}

/**
 * @param {Reasons} reasons
 * @returns {NotApplied[]} sorted by code
 */
function notApplied(reasons) {
  return [...reasons.keys()].sort().map((promotion) => {
    const { reason, detail } = /** @type {Reason} */ (reasons.get(promotion));
    return { promotion, reason, detail };
  });
}

/**
 * The result document of the winning outcomes; `not_applied` is left empty.
 * @param {Basket} basket
 * @param {Choice} choice
 * @param {Outcome[]} suggesting
 * @returns {Result}
 */
function resultOf({ subtotal, currency, lines, quantities, prices }, { outcomes }, suggesting) {
  const adjustments = adjustmentsOf(outcomes, lines.length);
  let discount = 0;
  const pricedLines = lines.map(({ id }, position) => {
    const gross = quantities[position] * prices[position];
    const own = adjustments[position];
    let off = 0;
    for (const { amount } of own) off += amount;
    discount += off;
    return { id, gross, discount: off, net: gross - off, adjustments: own };
  });
  const given = outcomes.filter(({ gives }) => gives);
  return {
    subtotal,
    discount,
    total: subtotal - discount,
    currency,
    lines: pricedLines,
    applied: given.map(applied),
    rewards: present(given.map(({ reward }) => reward)),
    gifts: present(given.map(({ gift }) => gift)),
    suggestions: present([...outcomes, ...suggesting].map(({ suggestion }) => suggestion)),
    not_applied: [],
  };
}

/**
 * @param {Outcome} outcome
 * @returns {import("./types.js").Applied}
 */
function applied({ promotion, discount, times }) {
  const { code, kind, revision } = promotion;
  return revision === undefined
    ? { promotion: code, type: kind, discount, times }
    : { promotion: code, type: kind, revision, discount, times };
}

/**
 * @template T
 * @param {(T | null)[]} values
 * @returns {T[]}
 */
function present(values) {
  return /** @type {T[]} */ (values.filter((value) => value !== null));
}

/**
 * For each line what each promotion took off it, in order of application.
 * @param {Outcome[]} outcomes
 * @param {number} lines
 * @returns {import("./types.js").Adjustment[][]}
 */
function adjustmentsOf(outcomes, lines) {
  /** @type {import("./types.js").Adjustment[][]} */
  const byLine = [];
  for (let line = 0; line < lines; line++) byLine.push([]);
  for (const { promotion, discount, changes } of outcomes) {
    if (!discount) continue;
    for (let change = changes; change; change = change.next) {
      const { line, off, discounted } = change;
      if (off) byLine[line].push({ promotion: promotion.code, amount: off, quantity: discounted });
    }
  }
  return byLine;
}
