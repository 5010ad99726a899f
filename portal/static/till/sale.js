/** A basket at the till, and what a closed one used of promotions. */

/** @typedef {import("./outbox.js").Event} Event */
/** @typedef {import("./types.js").LeftOut} LeftOut */
/** @typedef {import("./types.js").OwnUse} OwnUse */
/** @typedef {ReturnType<typeof import("../engine/index.js").loadBundle>} Loaded */

/** A basket with the bundle that it is priced with. */
export class Sale {
  /**
   * @param {number} version
   * @param {LeftOut[]} leftOut
   * @param {Loaded} loaded
   */
  constructor(version, leftOut, loaded) {
    this.version = version;
    /** @type {LeftOut[]} What the cashier is told. */
    this.leftOut = leftOut;
    this.loaded = loaded;
  }

  /**
   * What the basket costs; errors stand in the answer.
   * @param {unknown} basket
   */
  price(basket) {
    const { calculator, errors } = this.loaded;
    return calculator ? calculator.calculatePromotions(basket) : { errors: errors || [] };
  }
}

/**
 * What a sale used of promotions: each counts once a basket, with all that the guest was given.
 * @param {Event} event
 * @returns {OwnUse[]}
 */
export function usesOf({ device_seq, kind, result }) {
  if (kind !== "sale" || !result) return [];
  const rewards = Array.isArray(result.rewards) ? result.rewards : [];
  return result.applied.map((/** @type {any} */ { promotion, discount }) => {
    const given = rewards.filter((/** @type {any} */ each) => each.promotion === promotion && each.kind === "cashback");
    const amount = given.reduce((/** @type {number} */ sum, /** @type {any} */ each) => sum + each.amount, discount);
    return { seq: device_seq, promotion, count: 1, amount };
  });
}
