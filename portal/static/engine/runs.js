/**
 * The units of a line, as runs of units that are alike. Runs are never changed once they stand in a line: a line that
 * changes gets new ones.
 */

/** The units of a line from one on: `units` of them are alike, `next` are those after them. */
export class Run {
  /**
   * @param {number} units
   * @param {number} price what each still costs (minor units)
   * @param {boolean} claimed by a bundle
   * @param {Run | null} next
   */
  constructor(units, price, claimed, next = null) {
    this.units = units;
    this.price = price;
    this.claimed = claimed;
    this.next = next;
  }
}

/** @typedef {Run} Runs */

/** Puts the runs of a line together from its first unit on; alike neighbours are one run. */
export class LineOfRuns {
  constructor() {
    /** @type {Run | null} */
    this.first = null;
    /** @type {Run | null} */
    this.last = null;
  }

  /**
   * @param {number} units
   * @param {number} price
   * @param {boolean} claimed
   */
  add(units, price, claimed) {
    const { last } = this;
    if (last === null) {
      this.first = this.last = new Run(units, price, claimed);
    } else if (last.price === price && last.claimed === claimed) {
      last.units += units;
    } else {
      last.next = this.last = new Run(units, price, claimed);
    }
  }

  /** The runs, once the line is whole. */
  done() {
    return /** @type {Run} */ (this.first);
  }
}
