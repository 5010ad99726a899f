/**
 * What each type gives when its turn comes: one function a type, from the units as they are to an Outcome.
 *
 * Source: contract, sections 3 and 4.
 */

import { measuredWithout, TierMeasure, triggerUnits } from "./conditions.js";
import { product, sum } from "./exact.js";
import { percentOf } from "./money.js";
import {
  claimUnits,
  discountSum,
  discountUnits,
  earlierFirst,
  freeUnits,
  Outcome,
  sumOf,
  valueOffSum,
  weightsOf,
} from "./outcome.js";
import { SetChoice, Slots } from "./sets.js";

/** @typedef {import("./outcome.js").Take} Take */
/** @typedef {import("./promotion.js").Promotion} Promotion */
/** @typedef {import("./rules.js").BogoRule} BogoRule */
/** @typedef {import("./rules.js").Gift} Gift */
/** @typedef {import("./rules.js").Value} Value */
/** @typedef {import("./runs.js").Runs} Runs */
/** @typedef {import("./selectors.js").Matches} Matches */

/**
 * What an amount or a price would take off each unit, floors aside.
 * @param {Value} value
 * @param {number} price what the unit costs
 * @returns {number}
 */
function savingOn(value, price) {
  return value.amount !== null ? Math.min(value.amount, price) : Math.max(price - (value.price || 0), 0);
}

/**
 * Take a saving off each unit, down to its floor; a cap is shared by the uncut savings.
 * @param {Outcome} outcome
 * @param {Take[]} takes
 * @param {Value} value
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @returns {Outcome}
 */
function offEach(outcome, takes, value, matches, runs) {
  const { floors } = matches.basket;
  let wanted = 0;
  const uncut = [];
  for (const { line, units, price } of takes) {
    const saving = Math.min(savingOn(value, price), price - floors[line]);
    wanted += units * saving;
    uncut.push(saving);
  }
  return discountUnits(outcome, takes, uncut, wanted, runs);
}

/**
 * Sort order: by remaining price; among equal prices the earlier unit counts as the dearer.
 * @param {Take} one
 * @param {Take} other
 */
function cheapestFirst(one, other) {
  return dearestFirst(other, one);
}

/**
 * Sort order: the reverse of cheapestFirst.
 * @param {Take} one
 * @param {Take} other
 */
function dearestFirst(one, other) {
  return other.price - one.price || earlierFirst(one, other);
}

/**
 * The first `count` units of some takes, of each the earliest.
 * @param {Take[]} takes
 * @param {number} count
 * @returns {Take[]}
 */
function firstUnits(takes, count) {
  const chosen = [];
  for (const { line, first, units, price } of takes) {
    if (count <= 0) break;
    const taken = Math.min(units, count);
    chosen.push({ line, first, units: taken, price });
    count -= taken;
  }
  return chosen;
}

/**
 * The `count` cheapest units, of equal ones the latest.
 * @param {Take[]} takes
 * @param {number} count
 * @returns {Take[]}
 */
function cheapestUnits(takes, count) {
  const chosen = [];
  for (const { line, first, units, price } of takes.slice().sort(cheapestFirst)) {
    if (count <= 0) break;
    const taken = Math.min(units, count);
    chosen.push({ line, first: first + units - taken, units: taken, price });
    count -= taken;
  }
  return chosen;
}

/**
 * @param {Take[]} takes
 * @param {number} count
 * @param {boolean} cheapest
 * @returns {Take[]} in the order of the units
 */
function picked(takes, count, cheapest) {
  const chosen = cheapest ? cheapestUnits(takes, count) : firstUnits(takes.slice().sort(dearestFirst), count);
  return chosen.sort(earlierFirst);
}

/**
 * percent_discount, amount_discount, happy_hour: off the sum of the matching units, or an amount off each of them.
 * @param {Promotion} promotion
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @returns {Outcome}
 */
export function calculateDiscount(promotion, matches, runs) {
  const rule = /** @type {import("./rules.js").DiscountRule} */ (promotion.rule);
  if (!rule.eachUnit) return discountSum(promotion, rule.items, rule.value, matches, runs);
  let takes = freeUnits(promotion, matches.lines(rule.items), matches, runs);
  if (rule.maxUnits !== null) takes = picked(takes.filter(costsSomething), rule.maxUnits, rule.cheapest);
  return offEach(new Outcome(promotion), takes, rule.value, matches, runs);
}

/** @param {Take} take */
function costsSomething({ price }) {
  return price > 0;
}

/**
 * Of the free units some are bought and some get the percentage off: contract, section 4.
 * @param {Promotion} promotion
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @returns {Outcome}
 */
export function calculateBogo(promotion, matches, runs) {
  const rule = /** @type {BogoRule} */ (promotion.rule);
  const pool = freeUnits(promotion, matches.lines(rule.buy), matches, runs);
  const { times, bought, gotten } = rule.get ? twoPools(promotion, pool, matches, runs) : onePool(promotion, pool);
  gotten.sort(earlierFirst);
  const wanted = percentOf(sumOf(gotten), rule.basisPoints);
  return discountUnits(new Outcome(promotion, times), gotten, weightsOf(gotten, matches), wanted, runs, bought);
}

/**
 * Units of a buy-one offer: how often it applies, and which are bought and discounted.
 * @typedef {{times: number, bought: Take[], gotten: Take[]}} Pools
 */

/**
 * @param {Promotion} promotion
 * @param {Take[]} pool
 * @returns {Pools}
 */
function onePool(promotion, pool) {
  const { buyQuantity, getQuantity, dearest } = /** @type {BogoRule} */ (promotion.rule);
  const size = buyQuantity + getQuantity;
  const times = Math.min(Math.floor(unitsOf(pool) / size), promotion.perBasket);
  const sorted = pool.slice().sort(dearestFirst);
  if (!dearest) {
    return { times, bought: firstUnits(sorted, times * buyQuantity), gotten: cheapestUnits(pool, times * getQuantity) };
  }
  /** @type {Take[]} */
  const bought = [];
  /** @type {Take[]} */
  const gotten = [];
  let position = 0;
  for (const { line, first, units, price } of firstUnits(sorted, times * size)) {
    for (let unit = 0; unit < units; unit++, position++) {
      (position % size < buyQuantity ? bought : gotten).push({ line, first: first + unit, units: 1, price });
    }
  }
  return { times, bought, gotten };
}

/**
 * @param {Promotion} promotion
 * @param {Take[]} pool
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @returns {Pools}
 */
function twoPools(promotion, pool, matches, runs) {
  const rule = /** @type {BogoRule} */ (promotion.rule);
  const buyLines = new Set(matches.lines(rule.buy));
  const get = /** @type {import("./selectors.js").Selector} */ (rule.get);
  const offered = freeUnits(promotion, matches.lines(get), matches, runs);
  const buyable = unitsOf(pool);
  const either = buyable + unitsOf(offered.filter(({ line }) => !buyLines.has(line)));
  const { buyQuantity, getQuantity } = rule;
  const times = Math.min(
    Math.floor(buyable / buyQuantity),
    Math.floor(unitsOf(offered) / getQuantity),
    Math.floor(either / (buyQuantity + getQuantity)),
    promotion.perBasket,
  );
  let spare = buyable - times * buyQuantity;
  let wanted = times * getQuantity;
  /** @type {Take[]} */
  const gotten = [];
  /** @type {Take[]} */
  const rest = [];
  for (const take of offered.sort(rule.dearest ? dearestFirst : cheapestFirst)) {
    const { line, first, units, price } = take;
    const buyable = buyLines.has(line);
    const taken = buyable ? Math.min(units, wanted, spare) : Math.min(units, wanted);
    wanted -= taken;
    if (taken) gotten.push({ line, first: rule.dearest ? first : first + units - taken, units: taken, price });
    if (buyable) {
      spare -= taken;
      if (units > taken) rest.push({ line, first: rule.dearest ? first + taken : first, units: units - taken, price });
    }
  }
  const offeredLines = new Set(matches.lines(get));
  for (const take of pool) if (!offeredLines.has(take.line)) rest.push(take);
  return { times, bought: firstUnits(rest.sort(dearestFirst), times * buyQuantity), gotten };
}

/** @param {Take[]} takes */
function unitsOf(takes) {
  let total = 0;
  for (const { units } of takes) total += units;
  return total;
}

/**
 * combo, package and mix_match: the complete sets of free units with the greatest saving.
 * @param {Promotion} promotion
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @returns {Outcome}
 */
export function calculateSets(promotion, matches, runs) {
  const rule = /** @type {import("./rules.js").SetRule} */ (promotion.rule);
  const { value } = rule;
  const slots = new Slots(rule.slots, matches);
  const takes = freeUnits(promotion, slots.masks.keys(), matches, runs).sort(dearestFirst);
  const most = Math.min(slots.mostSets(takes.map(({ line, units }) => [line, units])), promotion.perBasket);
  if (!most) return new Outcome(promotion);
  let sets = most;
  let chosen;
  if (rule.cheapest) {
    chosen = cheapestUnits(takes, most * slots.places);
  } else {
    const groups = takes.map(({ line, units, price }) => {
      return { mask: /** @type {number} */ (slots.masks.get(line)), units, price };
    });
    const choice = new SetChoice(slots, groups);
    sets = choice.bestNumber(most, (sets, total) => savingOf(value, sets, total));
    const counts = choice.dearest(sets).chosen;
    chosen = takes.map((take, number) => ({ ...take, units: counts[number] })).filter(({ units }) => units > 0);
  }
  chosen.sort(earlierFirst);
  const total = sumOf(chosen);
  const wanted = value.basisPoints === null ? savingOf(value, sets, total) : percentOf(total, value.basisPoints);
  return discountUnits(new Outcome(promotion, sets), chosen, weightsOf(chosen, matches), wanted, runs);
}

/**
 * The saving of `sets` sets whose units cost `total`; of a percentage, for comparison, the sum that it is taken of.
 * @param {Value} value
 * @param {number} sets
 * @param {number} total
 * @returns {number}
 */
function savingOf({ price, amount }, sets, total) {
  if (price !== null) return total - sets * price;
  return amount === null ? total : Math.min(sets * amount, total);
}

/**
 * Gift units in the basket become free, missing ones are named.
 * @param {Promotion} promotion
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @returns {Outcome}
 */
export function calculateFreeItem(promotion, matches, runs) {
  const { gift } = /** @type {import("./rules.js").FreeItemRule} */ (promotion.rule);
  const times = freeItemTimes(promotion, matches, promotion.measuresRemaining ? runs : matches.rungUp);
  return give(new Outcome(promotion, times), gift, product(times, gift.quantity), matches, runs);
}

/**
 * The greatest number of times that the basket without the gifts of all of them still meets the condition.
 * @param {Promotion} promotion
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @returns {number}
 */
function freeItemTimes({ rule, perBasket }, matches, runs) {
  const { gift, items, minSpend, quantity, repeat } = /** @type {import("./rules.js").FreeItemRule} */ (rule);
  const onSpend = minSpend !== null;
  const need = onSpend ? minSpend : quantity;
  const measured = (/** @type {number} */ times) => {
    return measuredWithout(gift, times * gift.quantity, items, matches, runs, onSpend);
  };
  let high = repeat ? Math.min(Math.floor(measured(0) / need), perBasket) : 1;
  let low = 0;
  while (low < high) {
    const middle = Math.floor((low + high + 1) / 2);
    if (measured(middle) >= middle * need) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Free the earliest gift units that still cost something or never did, and name what is missing.
 * @param {Outcome} outcome
 * @param {Gift} gift
 * @param {import("./exact.js").Whole} quantity
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @returns {Outcome}
 */
function give(outcome, gift, quantity, matches, runs) {
  const { promotion } = outcome;
  const { prices } = matches.basket;
  const lines = matches.lines(gift.selector);
  let present = 0;
  for (const line of lines) {
    for (let run = /** @type {Runs | null} */ (runs[line]); run; run = run.next) {
      if (run.price || !prices[line]) present += run.units;
    }
  }
  const takes = freeUnits(promotion, lines, matches, runs).filter(({ line, price }) => price || !prices[line]);
  const freed = firstUnits(takes, Number(quantity));
  outcome.adding(gift, sum(quantity, -present));
  discountUnits(outcome, freed, weightsOf(freed, matches), sumOf(freed), runs);
  if (outcome.gift && !outcome.discount && promotion.bundle) claimUnits(outcome, freed, runs);
  return outcome;
}

/**
 * Offered units get the value, as many as the triggers allow; those that are not in the basket are suggested.
 * @param {Promotion} promotion
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @returns {Outcome}
 */
export function calculateUpsell(promotion, matches, runs) {
  const rule = /** @type {import("./rules.js").UpsellRule} */ (promotion.rule);
  const { value, pick } = rule;
  const times = Math.min(Math.floor(triggerUnits(rule, matches) / rule.triggerQuantity), promotion.perBasket);
  const outcome = new Outcome(promotion, times);
  const wanted = times * rule.offerQuantity;
  let takes = freeUnits(promotion, matches.lines(rule.offer), matches, runs).filter(costsSomething);
  if (value.basisPoints === null) {
    takes = takes.filter(({ price }) => savingOn(value, price) > 0);
    const chosen = pick === null ? mostSaving(takes, value, wanted) : picked(takes, wanted, pick === "lowest_price");
    offEach(outcome, chosen, value, matches, runs);
  } else {
    const chosen = picked(takes, wanted, pick === "lowest_price");
    const wantedOff = valueOffSum(promotion, value, chosen, matches);
    discountUnits(outcome, chosen, weightsOf(chosen, matches), wantedOff, runs);
  }
  const offered = matches.units(rule.offer);
  if (offered < wanted) {
    const quantity = sum(product(times, rule.offerQuantity), -offered);
    outcome.suggestion = { promotion: promotion.code, quantity, message: rule.message };
  }
  return outcome;
}

/**
 * The units with the greatest saving, of equal ones the earlier.
 * @param {Take[]} takes
 * @param {Value} value
 * @param {number} count
 * @returns {Take[]} in the order of the units
 */
function mostSaving(takes, value, count) {
  const sorted = takes
    .slice()
    .sort((one, other) => savingOn(value, other.price) - savingOn(value, one.price) || earlierFirst(one, other));
  return firstUnits(sorted, count).sort(earlierFirst);
}

/**
 * The highest tier that is reached, once or, repeating, once per multiple.
 * @param {Promotion} promotion
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @returns {Outcome}
 */
export function calculateThreshold(promotion, matches, runs) {
  const rule = /** @type {import("./rules.js").ThresholdRule} */ (promotion.rule);
  const measured = new TierMeasure(rule, matches, promotion.measuresRemaining ? runs : matches.rungUp);
  const tier = highestReached(rule.tiers, measured);
  if (!tier) return new Outcome(promotion);
  const times = rule.repeat ? Math.min(Math.floor(measured.of(tier) / tier.at), promotion.perBasket) : 1;
  if (tier.gift) return give(new Outcome(promotion, times), tier.gift, tier.gift.quantity, matches, runs);
  if (tier.value.price === null) return discountSum(promotion, rule.items, tier.value, matches, runs, times);
  const takes = freeUnits(promotion, matches.lines(rule.items), matches, runs);
  return offEach(new Outcome(promotion, times), takes, tier.value, matches, runs);
}

/**
 * @param {import("./rules.js").Tier[]} tiers
 * @param {TierMeasure} measured
 */
function highestReached(tiers, measured) {
  for (let number = tiers.length - 1; number >= 0; number--) {
    if (measured.of(tiers[number]) >= tiers[number].at) return tiers[number];
  }
  return null;
}

/**
 * Off what is left to pay.
 * @param {Promotion} promotion
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @returns {Outcome}
 */
export function calculatePaymentDiscount(promotion, matches, runs) {
  const rule = /** @type {import("./rules.js").PaymentRule} */ (promotion.rule);
  return discountSum(promotion, rule.items, rule.value, matches, runs);
}

/**
 * Given back after the purchase, at most what the units still cost, floors or not.
 * @param {Promotion} promotion
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @returns {Outcome}
 */
export function calculateCashback(promotion, matches, runs) {
  const rule = /** @type {import("./rules.js").CashbackRule} */ (promotion.rule);
  const outcome = new Outcome(promotion);
  const takes = freeUnits(promotion, matches.lines(rule.items), matches, runs);
  const amount = Math.min(valueOffSum(promotion, rule.value, takes, matches), promotion.cap);
  if (amount > 0) {
    outcome.reward = { promotion: promotion.code, kind: "cashback", amount, credit: rule.credit };
    outcome.worth = amount;
  }
  return outcome;
}

/**
 * Net spend at the earn brands, or one visit; a job issues the voucher.
 * @param {Promotion} promotion
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @returns {Outcome}
 */
export function calculateCrossBrand(promotion, matches, runs) {
  const rule = /** @type {import("./rules.js").CrossBrandRule} */ (promotion.rule);
  const outcome = new Outcome(promotion);
  const lines = matches.lines(rule.items);
  if (rule.visits) {
    if (lines.length) outcome.reward = { promotion: promotion.code, kind: "cross_brand", visits: 1 };
  } else {
    const amount = sumOf(freeUnits(promotion, lines, matches, runs));
    if (amount) outcome.reward = { promotion: promotion.code, kind: "cross_brand", amount };
  }
  return outcome;
}

/** @type {Record<string, (promotion: Promotion, matches: Matches, runs: Runs[]) => Outcome>} */
export const CALCULATIONS = {
  percent_discount: calculateDiscount,
  amount_discount: calculateDiscount,
  happy_hour: calculateDiscount,
  bogo: calculateBogo,
  combo: calculateSets,
  package: calculateSets,
  mix_match: calculateSets,
  free_item: calculateFreeItem,
  upsell: calculateUpsell,
  threshold: calculateThreshold,
  payment_discount: calculatePaymentDiscount,
  cashback: calculateCashback,
  cross_brand: calculateCrossBrand,
};
