/** Rounding and sharing of money: each rule has one home. Source: contract, section 1. */

/** A whole in basis points: 10000 are 100 percent. */
export const WHOLE = 10000;

/**
 * `basisPoints` of `base` (minor units, >= 0), halves rounded up.
 * @param {number} base
 * @param {number} basisPoints
 * @returns {number}
 */
export function percentOf(base, basisPoints) {
  const doubled = base * basisPoints + WHOLE / 2;
  if (doubled <= Number.MAX_SAFE_INTEGER) return Math.floor(doubled / WHOLE);
  return Number((BigInt(base) * BigInt(basisPoints) + BigInt(WHOLE / 2)) / BigInt(WHOLE));
}

/** Groups of equal units that share an amount, in the order of the units, and what each of them gets. */
export class Shares {
  constructor() {
    /** @type {number[]} How many units each group has. */
    this.units = [];
    /** @type {number[]} The weight of each unit of a group. */
    this.weights = [];
    /** The weights of all units together. */
    this.total = 0;
    /** @type {number[]} What each unit of a group gets. */
    this.each = [];
    /** @type {number[]} How many units of a group, its first ones, get one minor unit more. */
    this.extra = [];
  }

  /**
   * @param {number} units
   * @param {number} weight
   */
  add(units, weight) {
    this.units.push(units);
    this.weights.push(weight);
    this.total += units * weight;
  }

  /**
   * Split `amount`, 0 to `total`, over the groups in proportion to their weights.
   *
   * The shares sum to `amount` exactly: floor shares first, then one minor unit each to the largest remainders, ties
   * to the earlier unit. A weight of 0 gets nothing.
   * @param {number} amount
   */
  allocate(amount) {
    const { units, weights, total, each, extra } = this;
    if (amount === total) {
      this.each = weights;
      for (let group = 0; group < weights.length; group++) extra.push(0);
      return;
    }
    let left = amount;
    const remainders = [];
    for (let group = 0; group < weights.length; group++) {
      const weight = weights[group];
      const rough = amount * weight;
      let share, remainder;
      if (rough <= Number.MAX_SAFE_INTEGER) {
        share = Math.floor(rough / total);
        remainder = rough - share * total;
      } else {
        const exact = BigInt(amount) * BigInt(weight);
        share = Number(exact / BigInt(total));
        remainder = Number(exact % BigInt(total));
      }
      left -= units[group] * share;
      each.push(share);
      extra.push(0);
      remainders.push(remainder);
    }
    if (left) this.handOut(left, remainders);
  }

  /**
   * Give one minor unit each to the `left` units with the largest remainders, of equal ones to the earlier.
   * @param {number} left
   * @param {number[]} remainders
   */
  handOut(left, remainders) {
    const { units, extra } = this;
    for (const group of byRemainder(remainders, this.total)) {
      extra[group] = left < units[group] ? left : units[group];
      left -= extra[group];
      if (!left) return;
    }
  }
}

/**
 * The groups in the order in which they are handed one minor unit more.
 *
 * Remainder and group become one number where that is exact: sorting numbers is many times faster than comparing.
 * @param {number[]} remainders
 * @param {number} total above every remainder
 * @returns {Iterable<number>}
 */
function byRemainder(remainders, total) {
  const groups = remainders.length;
  if (total * groups > Number.MAX_SAFE_INTEGER) {
    return remainders.map((_, group) => group).sort((a, b) => remainders[b] - remainders[a] || a - b);
  }
  const keys = new Float64Array(groups);
  for (let group = 0; group < groups; group++) keys[group] = group - remainders[group] * groups;
  keys.sort();
  for (let place = 0; place < groups; place++) {
    const group = keys[place] % groups;
    keys[place] = group < 0 ? group + groups : group;
  }
  return keys;
}
