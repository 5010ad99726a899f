/** Rounding and sharing of money: each rule has one home. Source: contract, section 1. */

/** A whole in basis points: 10000 are 100 percent. */
export const WHOLE = 10000;

/** Up to this total, shares and remainders fit 32 bits and products 2**53: engines compute such numbers fastest. */
const MOST_SMALL = 2 ** 26;

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

/**
 * Groups of equal units that share an amount, in the order of the units, and what each of them gets.
 *
 * Only the first `groups` entries of each list count: the lists are used again, as they are needed for every discount.
 */
export class Shares {
  constructor() {
    this.groups = 0;
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
    /** @type {number[]} What a group's floor share leaves of its exact one, in parts of `total`. */
    this.remainders = [];
  }

  /** Forget all groups. */
  begin() {
    this.groups = this.total = 0;
    return this;
  }

  /**
   * @param {number} units
   * @param {number} weight
   */
  add(units, weight) {
    this.units[this.groups] = units;
    this.weights[this.groups++] = weight;
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
    const { groups, units, weights, total, each, extra, remainders } = this;
    let left = amount;
    for (let group = 0; group < groups; group++) {
      const rough = amount * weights[group];
      let share;
      if (total <= MOST_SMALL) {
        share = (rough / total) | 0;
        remainders[group] = (rough - share * total) | 0;
      } else if (rough <= Number.MAX_SAFE_INTEGER) {
        share = Math.floor(rough / total);
        remainders[group] = rough - share * total;
      } else {
        const exact = BigInt(amount) * BigInt(weights[group]);
        share = Number(exact / BigInt(total));
        remainders[group] = Number(exact % BigInt(total));
      }
      left -= units[group] * share;
      each[group] = share;
      extra[group] = 0;
    }
    if (left) this.handOut(left);
  }

  /**
   * Give one minor unit each to the `left` units with the largest remainders, of equal ones to the earlier.
   *
   * Weighted quickselect: groups before the pivot either all get it, or the last one that does is among them.
   * @param {number} left
   */
  handOut(left) {
    const { groups, units, extra, remainders } = this;
    /** @type {number[]} */
    const order = [];
    for (let group = 0; group < groups; group++) {
      if (remainders[group]) order.push(group);
    }
    let low = 0;
    let high = order.length;
    while (left) {
      const pivot = order[(low + high) >> 1];
      let middle = low;
      let before = 0;
      for (let place = low; place < high; place++) {
        const group = order[place];
        if (remainders[group] > remainders[pivot] || (remainders[group] === remainders[pivot] && group < pivot)) {
          order[place] = order[middle];
          order[middle++] = group;
          before += units[group];
        }
      }
      if (left <= before) {
        high = middle;
        continue;
      }
      for (let place = low; place < middle; place++) extra[order[place]] = units[order[place]];
      left -= before;
      extra[pivot] = Math.min(left, units[pivot]);
      left -= extra[pivot];
      order[order.indexOf(pivot, middle)] = order[middle];
      low = middle + 1;
    }
  }
}
