/**
 * The one primitive behind combo, package and mix_match: which units fill complete sets at the greatest saving.
 *
 * Places of a slot can be filled by units that match its selector, and a unit fills one place. Units are handled in
 * groups: a group's mask says which slots its units match. A choice of units can be placed exactly when for every set S
 * of slots the chosen units that match slots of S only are at most as many as S has places (Hall's theorem); the
 * choices that can be placed are the independent sets of a transversal matroid, so taking the dearest units first, as
 * long as they can still be placed, gives the greatest sum (Rado, Edmonds). That sum is concave in the number of sets
 * (it is a linear program's value as a function of its right-hand side), and so is the saving; so the best number of
 * sets is where the saving stops growing. Source: contract, section 4.
 */

/** @typedef {import("./selectors.js").Matches} Matches */
/** @typedef {import("./rules.js").SetRule["slots"]} SlotsOfRule */

/** The slots of one set: places a slot, and which lines of a basket fill it. */
export class Slots {
  /**
   * @param {SlotsOfRule} slots
   * @param {Matches} matches
   */
  constructor(slots, matches) {
    /** @type {Map<number, number>} For each line that matches any slot: the slots that it matches, as bits. */
    this.masks = new Map();
    /** @type {number[]} Places of every set of slots, by its bits. */
    this.capacity = [0];
    for (let number = 0; number < slots.length; number++) {
      const { selector, quantity } = slots[number];
      for (const line of matches.lines(selector)) this.masks.set(line, (this.masks.get(line) || 0) | (1 << number));
      for (let subset = 0; subset < 1 << number; subset++) this.capacity.push(this.capacity[subset] + quantity);
    }
    this.places = this.capacity[this.capacity.length - 1];
  }

  /**
   * The most places of one set that can be filled at once.
   * @param {(line: number) => number} unitsOfLine
   * @returns {number}
   */
  mostFilled(unitsOfLine) {
    const available = this.available([...this.masks.keys()].map((line) => [line, unitsOfLine(line)]));
    const every = this.capacity.length - 1;
    let most = Infinity;
    for (let subset = 0; subset <= every; subset++) {
      most = Math.min(most, this.capacity[every ^ subset] + available[subset]);
    }
    return most;
  }

  /**
   * How many complete sets some units, (line, units), can fill at once.
   * @param {Iterable<[number, number]>} units
   * @returns {number}
   */
  mostSets(units) {
    const available = this.available(units);
    let most = Infinity;
    for (let subset = 1; subset < this.capacity.length; subset++) {
      most = Math.min(most, Math.floor(available[subset] / this.capacity[subset]));
    }
    return most;
  }

  /**
   * For every set of slots: how many units match any of them.
   * @param {Iterable<[number, number]>} units
   * @returns {number[]}
   */
  available(units) {
    const available = new Array(this.capacity.length).fill(0);
    /** @type {Map<number, number>} */
    const byMask = new Map();
    for (const [line, count] of units) {
      const mask = /** @type {number} */ (this.masks.get(line));
      byMask.set(mask, (byMask.get(mask) || 0) + count);
    }
    for (const [mask, count] of byMask) {
      for (let subset = 1; subset < available.length; subset++) {
        if (mask & subset) available[subset] += count;
      }
    }
    return available;
  }
}

/**
 * Units that are alike to the slots: the slots that they match as bits, how many, and what each costs.
 * @typedef {{mask: number, units: number, price: number}} Group
 */

/**
 * The greatest sum of the units of some complete sets, and how many units of each group make it.
 * @typedef {{total: number, chosen: number[]}} Dearest
 */

/** Free units, the dearest first, and the choices of the greatest sum for each number of sets. */
export class SetChoice {
  /**
   * @param {Slots} slots
   * @param {Group[]} groups the dearest first, among equal prices the earlier unit
   */
  constructor(slots, groups) {
    this.slots = slots;
    this.groups = groups;
    /** @type {Map<number, Dearest>} */
    this.known = new Map();
    this.subsets = relevantSupersets(new Set(groups.map(({ mask }) => mask)), slots.capacity.length - 1);
  }

  /**
   * The units of `sets` complete sets of the greatest sum.
   * @param {number} sets
   * @returns {Dearest}
   */
  dearest(sets) {
    let known = this.known.get(sets);
    if (!known) {
      known = this.greedy(sets);
      this.known.set(sets, known);
    }
    return known;
  }

  /**
   * @param {number} sets
   * @returns {Dearest}
   */
  greedy(sets) {
    const room = this.slots.capacity.map((places) => places * sets);
    let total = 0;
    const chosen = [];
    for (const { mask, units, price } of this.groups) {
      const above = /** @type {number[]} */ (this.subsets.get(mask));
      let taken = units;
      for (const subset of above) taken = Math.min(taken, room[subset]);
      total += taken * price;
      for (const subset of above) room[subset] -= taken;
      chosen.push(taken);
    }
    return { total, chosen };
  }

  /**
   * The smallest number of sets, 0 to `most`, with the greatest `saving(sets, sum)`, which is concave in sets.
   * @param {number} most
   * @param {(sets: number, total: number) => number} saving
   * @returns {number}
   */
  bestNumber(most, saving) {
    const savingOf = (/** @type {number} */ sets) => (sets ? saving(sets, this.dearest(sets).total) : 0);
    let low = 0;
    let high = most;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (savingOf(middle + 1) > savingOf(middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * For each mask the sets of slots whose room its units use.
 *
 * Where no unit matches two slots, the slots alone say it all; else every set of slots that holds the mask counts.
 * @param {Set<number>} masks
 * @param {number} every
 * @returns {Map<number, number[]>}
 */
function relevantSupersets(masks, every) {
  const single = [...masks].every((mask) => (mask & (mask - 1)) === 0);
  /** @type {Map<number, number[]>} */
  const supersets = new Map();
  for (const mask of masks) {
    const above = [];
    for (let subset = mask; subset <= (single ? mask : every); subset++) {
      if ((subset & mask) === mask) above.push(subset);
    }
    supersets.set(mask, above);
  }
  return supersets;
}
