/**
 * A compiled promotion as the calculator holds it: parsed once per bundle, its selectors in the index.
 *
 * Source: contract, sections 3 and 6.
 */

import { gatesOf } from "./gates.js";
import {
  BASKET,
  BogoRule,
  CashbackRule,
  CrossBrandRule,
  DiscountRule,
  FreeItemRule,
  ITEM,
  PAYMENT,
  PaymentRule,
  REWARD,
  RULES,
  SetRule,
  ThresholdRule,
  UpsellRule,
} from "./rules.js";

/** @typedef {import("./selectors.js").Selector} Selector */
/** @typedef {import("./types.js").CompiledPromotion} CompiledPromotion */

const BUNDLES = new Set(["bogo", "combo", "package", "mix_match", "free_item", "upsell"]);

/** One promotion of a bundle. `rank` orders by priority, then code; selectors stay within the scope's brands. */
export class Promotion {
  /**
   * @param {CompiledPromotion} document
   * @param {import("./selectors.js").SelectorIndex} index
   * @param {number} rank
   */
  constructor(document, index, rank) {
    const { limits = {}, stacking = {}, remaining = {}, rule, scope = {} } = document;
    this.code = document.code;
    this.kind = document.type;
    this.rank = rank;
    this.gates = gatesOf(document);
    this.perBasket = limits.per_basket === undefined ? Infinity : limits.per_basket;
    const budget = remaining.budget === undefined ? limits.budget : remaining.budget;
    this.cap = Math.min(
      limits.max_discount === undefined ? Infinity : limits.max_discount,
      budget === undefined ? Infinity : budget,
    );
    this.mode = stacking.mode || "stackable";
    this.group = stacking.group;
    this.baseOriginal = stacking.base === "original";
    this.fullPriceOnly = Boolean(stacking.full_price_only);
    this.bundle = BUNDLES.has(this.kind);
    /** Joined with discount and times, an entry of the result's `applied`. */
    this.revision = document.revision;

    const brands = scope.brands || [];
    const select = (/** @type {import("./types.js").ItemSelector | undefined} */ items) => index.add(items, brands);
    this.seen = select(undefined);
    this.phase = phaseOf(this.kind, rule);
    this.rule = RULES[this.kind](rule, select);
    this.requires = (document.requires || []).map(({ items, quantity, spend }) => ({
      selector: select(items),
      quantity: quantity === undefined ? 0 : quantity,
      spend: spend === undefined ? 0 : spend,
    }));
    /** @type {number | undefined} */
    this.minSpend = rule.min_spend;
    /** @type {number | undefined} */
    this.minBasket = rule.min_basket;
    /** @type {number | undefined} */
    this.minQuantity = rule.min_quantity;
    this.asksForItemsOnly = this.isSimple() && !this.requires.length && !this.hasConditions();
    const readsAtItsTurn = (this.kind === "payment_discount" || this.kind === "cashback") && "min_spend" in rule;
    this.measuresRemaining = stacking.measure === "remaining" || readsAtItsTurn;
    this.discounts = discountedBy(this);
    this.reads = this.measuresRemaining ? [...this.discounts, this.seen] : this.discounts;
  }

  isSimple() {
    const { rule } = this;
    return (
      rule instanceof DiscountRule ||
      rule instanceof PaymentRule ||
      rule instanceof CashbackRule ||
      rule instanceof CrossBrandRule
    );
  }

  hasConditions() {
    return Boolean(this.minSpend || this.minBasket || this.minQuantity);
  }
}

/**
 * @param {string} kind
 * @param {Record<string, any>} rule
 * @returns {number}
 */
function phaseOf(kind, rule) {
  if (kind === "threshold") return BASKET;
  if ((kind === "percent_discount" || kind === "amount_discount") && rule.on === "basket") return BASKET;
  if (kind === "payment_discount") return PAYMENT;
  return kind === "cashback" || kind === "cross_brand" ? REWARD : ITEM;
}

/**
 * The selectors of the units that a promotion could discount, claim or accrue on: section 5, "contested".
 * @param {Promotion} promotion
 * @returns {Selector[]}
 */
function discountedBy({ rule }) {
  if (rule instanceof BogoRule) return rule.get ? [rule.buy, rule.get] : [rule.buy];
  if (rule instanceof SetRule) return rule.slots.map(({ selector }) => selector);
  if (rule instanceof FreeItemRule) return [rule.gift.selector];
  if (rule instanceof UpsellRule) return [rule.offer];
  if (rule instanceof ThresholdRule) {
    return [rule.items, ...rule.tiers.flatMap(({ gift }) => (gift ? [gift.selector] : []))];
  }
  return [rule.items];
}
