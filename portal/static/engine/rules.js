/**
 * The rule of each type as the calculator holds it: a small class, read from the compiled rule.
 *
 * conditions.js says what a rule asks for, rewards.js what it gives. Source: contract, section 3, "The rules, by type".
 */

import { WHOLE } from "./money.js";

/** @typedef {import("./selectors.js").Selector} Selector */
/** @typedef {import("./types.js").ItemSelector} ItemSelector */
/** @typedef {Record<string, any>} Values a compiled rule, or a part of one, that was checked */
/** @typedef {(items?: ItemSelector) => Selector} Select */

/** The phases, in the order of application: contract, section 5. */
export const ITEM = 0;
export const BASKET = 1;
export const PAYMENT = 2;
export const REWARD = 3;
export const PHASES = [ITEM, BASKET, PAYMENT, REWARD];

/** What is taken off: exactly one of basis points, an amount or a price (minor units); the others are null. */
export class Value {
  /** @param {Values} rule */
  constructor({ basis_points: basisPoints, amount, price }) {
    /** @type {number | null} */
    this.basisPoints = basisPoints === undefined ? null : basisPoints;
    /** @type {number | null} */
    this.amount = amount === undefined ? null : amount;
    /** @type {number | null} */
    this.price = price === undefined ? null : price;
  }
}

/** percent_discount, amount_discount and happy_hour: a value off matching units, on their sum or off each. */
export class DiscountRule {
  /**
   * @param {Values} rule
   * @param {Select} select
   * @param {boolean} eachUnit
   */
  constructor(rule, select, eachUnit) {
    this.items = select(rule.items);
    this.value = new Value(rule);
    this.eachUnit = eachUnit;
    /** @type {number | null} */
    this.maxUnits = rule.max_units === undefined ? null : rule.max_units;
    this.cheapest = rule.pick === "lowest_price";
  }
}

/** Buy some, get some at a percentage off; without `get` both come from one pool. */
export class BogoRule {
  /**
   * @param {Values} rule
   * @param {Select} select
   */
  constructor({ buy, get, basis_points: basisPoints = WHOLE, pick }, select) {
    this.buy = select(buy.items);
    this.get = get.items === undefined ? null : select(get.items);
    /** @type {number} */
    this.buyQuantity = quantityOf(buy);
    /** @type {number} */
    this.getQuantity = quantityOf(get);
    /** @type {number} */
    this.basisPoints = basisPoints;
    this.dearest = pick === "highest_price";
  }
}

/** combo, package and mix_match: sets that fill every slot, for a value. */
export class SetRule {
  /**
   * @param {[ItemSelector | undefined, number][]} slots
   * @param {Values} rule
   * @param {Select} select
   */
  constructor(slots, rule, select) {
    /** @type {Map<Selector, number>} */
    const quantities = new Map();
    for (const [items, quantity] of slots) {
      const selector = select(items);
      quantities.set(selector, (quantities.get(selector) || 0) + quantity);
    }
    this.slots = [...quantities].map(([selector, quantity]) => ({ selector, quantity }));
    this.value = new Value(rule);
    this.cheapest = rule.pick === "lowest_price";
  }
}

/** Units that are given: those of the basket become free, missing ones are named. */
export class Gift {
  /**
   * @param {Values} gift
   * @param {Select} select
   */
  constructor(gift, select) {
    this.selector = select({ skus: [gift.sku] });
    /** @type {string} */
    this.sku = gift.sku;
    this.quantity = quantityOf(gift);
    /** @type {number} */
    this.unitPrice = gift.unit_price || 0;
  }
}

/** A gift when `items` reach a spend or a number of units. */
export class FreeItemRule {
  /**
   * @param {Values} rule
   * @param {Select} select
   */
  constructor({ gift, when, repeat }, select) {
    this.gift = new Gift(gift, select);
    this.items = select(when.items);
    /** @type {number | null} */
    this.minSpend = when.min_spend === undefined ? null : when.min_spend;
    this.quantity = quantityOf(when);
    this.repeat = Boolean(repeat);
  }
}

/** With the trigger bought, offered units get the value; missing ones are suggested. */
export class UpsellRule {
  /**
   * @param {Values} rule
   * @param {Select} select
   */
  constructor(rule, select) {
    this.trigger = select(rule.trigger.items);
    this.offer = select(rule.offer.items);
    this.triggerQuantity = quantityOf(rule.trigger);
    this.offerQuantity = quantityOf(rule.offer);
    this.value = new Value(rule);
    /** @type {string | null} */
    this.pick = rule.pick === undefined ? null : rule.pick;
    /** @type {string | null} */
    this.message = rule.message === undefined ? null : rule.message;
  }
}

/** From `at` on (a spend or a number of units) this value or gift. */
export class Tier {
  /**
   * @param {Values} tier
   * @param {Select} select
   */
  constructor(tier, select) {
    /** @type {number} */
    this.at = tier.at;
    this.value = new Value(tier);
    this.gift = tier.gift === undefined ? null : new Gift(tier.gift, select);
  }
}

/** The highest tier that is reached; `tiers` are sorted by `at`. */
export class ThresholdRule {
  /**
   * @param {Values} rule
   * @param {Select} select
   */
  constructor({ items, on = "spend", tiers, repeat }, select) {
    this.items = select(items);
    this.onSpend = on === "spend";
    /** @type {Tier[]} */
    this.tiers = tiers.map((/** @type {Values} */ tier) => new Tier(tier, select));
    this.tiers.sort((one, other) => one.at - other.at);
    this.repeat = Boolean(repeat);
    this.hasGifts = this.tiers.some((tier) => tier.gift !== null);
  }
}

/** A value off what is left to pay. */
export class PaymentRule {
  /**
   * @param {Values} rule
   * @param {Select} select
   */
  constructor(rule, select) {
    this.items = select();
    this.value = new Value(rule);
  }
}

/** A value given back after the purchase. */
export class CashbackRule {
  /**
   * @param {Values} rule
   * @param {Select} select
   */
  constructor(rule, select) {
    this.items = select(rule.items);
    this.value = new Value(rule);
    /** @type {string} */
    this.credit = rule.credit || "wallet";
  }
}

/** Net spend or a visit at the earn brands. */
export class CrossBrandRule {
  /**
   * @param {Values} rule
   * @param {Select} select
   */
  constructor({ earn }, select) {
    this.items = select({ brands: earn.brands || [] });
    this.visits = earn.visits !== undefined;
  }
}

/**
 * @typedef {DiscountRule | BogoRule | SetRule | FreeItemRule | UpsellRule | ThresholdRule | PaymentRule | CashbackRule
 *   | CrossBrandRule} Rule
 */

/**
 * @param {Values} part
 * @returns {number}
 */
function quantityOf({ quantity = 1 }) {
  return quantity;
}

/** @type {Record<string, (rule: Values, select: Select) => Rule>} */
export const RULES = {
  percent_discount: (rule, select) => new DiscountRule(rule, select, false),
  amount_discount: (rule, select) => new DiscountRule(rule, select, rule.on === "each_unit"),
  happy_hour: (rule, select) => new DiscountRule(rule, select, rule.basis_points === undefined),
  bogo: (rule, select) => new BogoRule(rule, select),
  combo: (rule, select) => new SetRule(rule.slots.map(slotOf), rule, select),
  package: (rule, select) => new SetRule(rule.contents.map(contentOf), rule, select),
  mix_match: (rule, select) => new SetRule([[rule.items, rule.quantity]], rule, select),
  free_item: (rule, select) => new FreeItemRule(rule, select),
  upsell: (rule, select) => new UpsellRule(rule, select),
  threshold: (rule, select) => new ThresholdRule(rule, select),
  payment_discount: (rule, select) => new PaymentRule(rule, select),
  cashback: (rule, select) => new CashbackRule(rule, select),
  cross_brand: (rule, select) => new CrossBrandRule(rule, select),
};

/**
 * @param {Values} slot
 * @returns {[ItemSelector | undefined, number]}
 */
function slotOf(slot) {
  return [slot.items, quantityOf(slot)];
}

/**
 * @param {Values} content
 * @returns {[ItemSelector, number]}
 */
function contentOf(content) {
  return [{ skus: [content.sku] }, quantityOf(content)];
}
