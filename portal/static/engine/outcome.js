/**
 * What a promotion does to the units of a basket: the Outcome, and sharing a discount over units.
 *
 * Nothing here changes the runs of a basket: an Outcome says what each line becomes, and `apply` puts that in place.
 * Source: contract, sections 1 and 5.
 */

import { product, sum } from "./exact.js";
import { percentOf, Shares } from "./money.js";
import { ITEM } from "./rules.js";
import { LineOfRuns, Run } from "./runs.js";
import { addLine } from "./selectors.js";

/** @typedef {import("./exact.js").Whole} Whole */
/** @typedef {import("./promotion.js").Promotion} Promotion */
/** @typedef {import("./rules.js").Gift} Gift */
/** @typedef {import("./rules.js").Value} Value */
/** @typedef {import("./runs.js").Runs} Runs */
/** @typedef {import("./selectors.js").Matches} Matches */
/** @typedef {import("./selectors.js").Selector} Selector */

/**
 * Units of a line that are alike and taken: from its unit `first` on, and what each costs.
 * @typedef {{line: number, first: number, units: number, price: number}} Take
 */

/**
 * Units of a line that change: from its unit `first` on, how many, off each, and whether they are claimed.
 * @typedef {{line: number, first: number, units: number, off: number, claims: boolean}} Piece
 */

/** A line that changes. */
class Change {
  /**
   * @param {number} line
   * @param {Runs} after its runs afterwards
   * @param {number} off what is off (minor units)
   * @param {number} discounted units with a discount above 0
   * @param {Change | null} next another line that changes
   */
  constructor(line, after, off, discounted, next) {
    this.line = line;
    this.after = after;
    this.off = off;
    this.discounted = discounted;
    this.next = next;
  }
}

/** What is shared at the moment; one for all, as one discount is shared at a time. */
const SHARES = new Shares();

/** What one promotion gives at its turn; all zero and empty when it gives nothing. */
export class Outcome {
  /**
   * @param {Promotion} promotion
   * @param {number} times
   */
  constructor(promotion, times = 1) {
    this.promotion = promotion;
    this.times = times;
    this.discount = 0;
    /** @type {Whole} The benefit to the shopper: discount, cashback and the price of gifts to add (minor units). */
    this.worth = 0;
    /** @type {Change | null} */
    this.changes = null;
    /** @type {import("./types.js").GiftToAdd | null} */
    this.gift = null;
    /** @type {import("./types.js").Reward | null} */
    this.reward = null;
    /** @type {import("./types.js").Suggestion | null} */
    this.suggestion = null;
    /** What a spend that is read on remaining prices lacks (minor units). */
    this.unmet = 0;
  }

  get gives() {
    return this.discount > 0 || this.gift !== null || this.reward !== null;
  }

  /**
   * Name gift units that are not in the basket.
   * @param {Gift} gift
   * @param {Whole} units
   */
  adding(gift, units) {
    if (units > 0) {
      this.gift = { promotion: this.promotion.code, sku: gift.sku, quantity: units };
      this.worth = sum(this.worth, product(units, gift.unitPrice));
    }
  }

  /**
   * Note the discount, above 0: what is wanted, at most the cap and what the units can lose (`most`).
   * @param {number} wanted
   * @param {number} most
   * @returns {number}
   */
  settle(wanted, most) {
    const amount = Math.min(wanted, most, this.promotion.cap);
    if (amount <= 0) return 0;
    this.discount = amount;
    this.worth = sum(this.worth, amount);
    return amount;
  }
}

/**
 * Put what an outcome changes into `runs`, and the changed lines into `touched` (bits).
 * @param {Outcome} outcome
 * @param {Runs[]} runs
 * @param {number[]} touched
 */
export function apply({ changes }, runs, touched) {
  for (let change = changes; change; change = change.next) {
    runs[change.line] = change.after;
    addLine(touched, change.line);
  }
}

/**
 * Share `wanted` over `takes`, in the order of the units, by `weights` (what each unit can lose).
 *
 * A bundle claims the units that it takes and those that are `bought` with them.
 * @param {Outcome} outcome
 * @param {Take[]} takes
 * @param {number[]} weights
 * @param {number} wanted
 * @param {Runs[]} runs
 * @param {Take[]} bought
 * @returns {Outcome}
 */
export function discountUnits(outcome, takes, weights, wanted, runs, bought = []) {
  const shares = SHARES.begin();
  for (let each = 0; each < takes.length; each++) shares.add(takes[each].units, weights[each]);
  const amount = outcome.settle(wanted, shares.total);
  if (!amount) return outcome;
  shares.allocate(amount);
  const claims = outcome.promotion.bundle;
  /** @type {Piece[]} */
  const pieces = [];
  for (let each = 0; each < takes.length; each++) {
    const { line, first, units } = takes[each];
    const off = shares.each[each];
    const extra = shares.extra[each];
    if (extra) pieces.push({ line, first, units: extra, off: off + 1, claims });
    if (units > extra) pieces.push({ line, first: first + extra, units: units - extra, off, claims });
  }
  for (const take of bought) pieces.push(claimOf(take));
  if (bought.length) pieces.sort(earlierFirst);
  changeLines(outcome, pieces, runs);
  return outcome;
}

/**
 * Claim units that nothing is taken off.
 * @param {Outcome} outcome
 * @param {Take[]} takes
 * @param {Runs[]} runs
 */
export function claimUnits(outcome, takes, runs) {
  changeLines(outcome, takes.map(claimOf), runs);
}

/**
 * @param {Take} take
 * @returns {Piece}
 */
function claimOf({ line, first, units }) {
  return { line, first, units, off: 0, claims: true };
}

/**
 * Sort order: by line, then by unit; "earlier" in the contract.
 * @param {{line: number, first: number}} one
 * @param {{line: number, first: number}} other
 */
export function earlierFirst(one, other) {
  return one.line - other.line || one.first - other.first;
}

/**
 * @param {Outcome} outcome
 * @param {Piece[]} pieces in the order of the units
 * @param {Runs[]} runs
 */
function changeLines(outcome, pieces, runs) {
  let from = 0;
  while (from < pieces.length) {
    const { line } = pieces[from];
    let off = 0;
    let discounted = 0;
    let to = from;
    for (; to < pieces.length && pieces[to].line === line; to++) {
      const piece = pieces[to];
      off += piece.units * piece.off;
      if (piece.off) discounted += piece.units;
    }
    const after = changedLine(runs[line], pieces, from, to);
    outcome.changes = new Change(line, after, off, discounted, outcome.changes);
    from = to;
  }
}

/**
 * The runs of a line after its pieces, those from `from` up to `to`.
 * @param {Runs} before
 * @param {Piece[]} pieces
 * @param {number} from
 * @param {number} to
 * @returns {Runs}
 */
function changedLine(before, pieces, from, to) {
  const after = new LineOfRuns();
  let start = 0;
  for (let run = /** @type {Run | null} */ (before); run; run = run.next) {
    const { units, price, claimed } = run;
    const end = start + units;
    while (from < to && pieces[from].first < end) {
      const piece = pieces[from++];
      if (piece.first > start) after.add(piece.first - start, price, claimed);
      after.add(piece.units, price - piece.off, claimed || piece.claims);
      start = piece.first + piece.units;
    }
    if (start < end) after.add(end - start, price, claimed);
    start = end;
  }
  return after.done();
}

/**
 * A percentage or `times` an amount off the sum of the units of `items` that the promotion may take.
 *
 * The same as discountUnits over all of freeUnits, in one go: most of a till's time is spent here.
 * @param {Promotion} promotion
 * @param {Selector} items
 * @param {Value} value
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @param {number} times
 * @returns {Outcome}
 */
export function discountSum(promotion, items, value, matches, runs, times = 1) {
  const outcome = new Outcome(promotion, times);
  const lines = matches.lines(items);
  if (promotion.fullPriceOnly) {
    const takes = freeUnits(promotion, lines, matches, runs);
    const wanted = valueOffSum(promotion, value, takes, matches, times);
    return discountUnits(outcome, takes, weightsOf(takes, matches), wanted, runs);
  }
  const { floors } = matches.basket;
  const claimedToo = promotion.phase !== ITEM;
  const shares = SHARES.begin();
  let left = 0;
  for (const line of lines) {
    const floor = floors[line];
    for (let run = /** @type {Run | null} */ (runs[line]); run; run = run.next) {
      if (run.claimed && !claimedToo) continue;
      left += run.units * run.price;
      shares.add(run.units, run.price - floor);
    }
  }
  let wanted;
  if (value.basisPoints === null) wanted = times * (value.amount || 0);
  else if (promotion.baseOriginal) {
    wanted = percentOf(grossOfFree(lines, claimedToo, matches, runs), value.basisPoints);
  } else wanted = percentOf(left, value.basisPoints);
  const amount = outcome.settle(Math.min(wanted, left), shares.total);
  if (amount) {
    shares.allocate(amount);
    changeWholeRuns(outcome, lines, shares, claimedToo, runs);
  }
  return outcome;
}

/**
 * @param {number[]} lines
 * @param {boolean} claimedToo
 * @param {Matches} matches
 * @param {Runs[]} runs
 */
function grossOfFree(lines, claimedToo, matches, runs) {
  const { prices } = matches.basket;
  let gross = 0;
  for (const line of lines) {
    for (let run = /** @type {Run | null} */ (runs[line]); run; run = run.next) {
      if (claimedToo || !run.claimed) gross += run.units * prices[line];
    }
  }
  return gross;
}

/**
 * Take shares off all runs of some lines that may be taken, in order.
 * @param {Outcome} outcome
 * @param {number[]} lines
 * @param {Shares} shares
 * @param {boolean} claimedToo
 * @param {Runs[]} runs
 */
function changeWholeRuns(outcome, lines, shares, claimedToo, runs) {
  let group = 0;
  for (const line of lines) {
    const before = runs[line];
    let after;
    let off = 0;
    let discounted = 0;
    if (before.next === null && (claimedToo || !before.claimed) && !shares.extra[group]) {
      const share = shares.each[group++];
      if (!share) continue;
      off = before.units * share;
      discounted = before.units;
      after = new Run(before.units, before.price - share, before.claimed);
    } else {
      const changed = new LineOfRuns();
      for (let run = /** @type {Run | null} */ (before); run; run = run.next) {
        const { units, price, claimed } = run;
        if (claimed && !claimedToo) {
          changed.add(units, price, claimed);
          continue;
        }
        const share = shares.each[group];
        const extra = shares.extra[group++];
        off += units * share + extra;
        discounted += share ? units : extra;
        if (extra) changed.add(extra, price - share - 1, claimed);
        if (units > extra) changed.add(units - extra, price - share, claimed);
      }
      if (!off) continue;
      after = changed.done();
    }
    outcome.changes = new Change(line, after, off, discounted, outcome.changes);
  }
}

/**
 * The units of some lines that a promotion may take: in the item phase unclaimed ones, and where it wants full prices
 * those without a discount.
 * @param {Promotion} promotion
 * @param {Iterable<number>} lines
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @returns {Take[]}
 */
export function freeUnits(promotion, lines, matches, runs) {
  const claimedToo = promotion.phase !== ITEM;
  const { fullPriceOnly } = promotion;
  const { prices } = matches.basket;
  /** @type {Take[]} */
  const takes = [];
  for (const line of lines) {
    let first = 0;
    for (let run = /** @type {Run | null} */ (runs[line]); run; run = run.next) {
      const { units, price } = run;
      if ((claimedToo || !run.claimed) && (!fullPriceOnly || price === prices[line])) {
        takes.push({ line, first, units, price });
      }
      first += units;
    }
  }
  return takes;
}

/**
 * What each unit can still lose: its remaining price minus its floor.
 * @param {Take[]} takes
 * @param {Matches} matches
 * @returns {number[]}
 */
export function weightsOf(takes, matches) {
  const { floors } = matches.basket;
  return takes.map(({ line, price }) => price - floors[line]);
}

/**
 * What some units cost together.
 * @param {Take[]} takes
 * @returns {number}
 */
export function sumOf(takes) {
  let total = 0;
  for (const { units, price } of takes) total += units * price;
  return total;
}

/**
 * A percentage of the sum of some units, gross where the promotion says so, or `times` an amount off it.
 * @param {Promotion} promotion
 * @param {Value} value
 * @param {Take[]} takes
 * @param {Matches} matches
 * @param {number} times
 * @returns {number}
 */
export function valueOffSum(promotion, value, takes, matches, times = 1) {
  const left = sumOf(takes);
  if (value.basisPoints === null) return Math.min(times * (value.amount || 0), left);
  let base = left;
  if (promotion.baseOriginal) {
    const { prices } = matches.basket;
    base = 0;
    for (const { line, units } of takes) base += units * prices[line];
  }
  return Math.min(percentOf(base, value.basisPoints), left);
}
