/** Which promotions of a bundle a basket can touch at all, found without asking each of them. */

import { asciiLower } from "./basket.js";
import { BogoRule, FreeItemRule, SetRule, ThresholdRule, UpsellRule } from "./rules.js";

/** @typedef {import("./promotion.js").Promotion} Promotion */
/** @typedef {import("./selectors.js").Matches} Matches */
/** @typedef {import("./selectors.js").Selector} Selector */
/** @typedef {import("./types.js").CompiledPromotion} CompiledPromotion */

/**
 * The promotions of a bundle by what they can't do without.
 *
 * A promotion is filed once, under something that it can't do without: its code or voucher, the words of a selector, or
 * else the least spend that it asks for.
 */
export class Reach {
  /**
   * @param {CompiledPromotion[]} documents by rank
   * @param {Promotion[]} promotions by rank
   */
  constructor(documents, promotions) {
    this.promotions = promotions;
    /** @type {Map<string, Promotion[]>} */
    this.byCode = new Map();
    /** @type {Map<string, Promotion>} */
    this.byVoucher = new Map();
    /** @type {Map<Selector, Promotion[]>} */
    this.bySelector = new Map();
    /** @type {{spend: number, promotion: Promotion}[]} */
    this.bySpend = [];
    documents.forEach(({ trigger = {} }, rank) => this.file(promotions[rank], trigger));
    this.bySpend.sort((one, other) => one.spend - other.spend);
    /** The promotions that were found for the basket in work, a bit each by rank. */
    this.found = new Int32Array(Math.ceil(promotions.length / 32));
  }

  /**
   * @param {Promotion} promotion
   * @param {{kind?: string, code?: string}} trigger
   */
  file(promotion, trigger) {
    const keyed = neededSelectors(promotion).filter(({ everything }) => !everything);
    if (trigger.kind === "code") {
      addTo(this.byCode, asciiLower(/** @type {string} */ (trigger.code)), promotion);
    } else if (trigger.kind === "voucher") {
      this.byVoucher.set(promotion.code, promotion);
    } else if (keyed.length) {
      const rarest = keyed.reduce((best, each) => (each.keys.length < best.keys.length ? each : best));
      addTo(this.bySelector, rarest, promotion);
    } else {
      this.bySpend.push({ spend: leastSpend(promotion), promotion });
    }
  }

  /**
   * The promotions that may be eligible, by rank.
   * @param {Matches} matches
   * @returns {Promotion[]}
   */
  of(matches) {
    const { basket, touched } = matches;
    for (const { spend, promotion } of this.bySpend) {
      if (spend > basket.subtotal) break;
      this.add(promotion);
    }
    for (const selector of touched) {
      if (!selector.lines.length) continue;
      const promotions = this.bySelector.get(selector);
      if (promotions) for (const promotion of promotions) this.add(promotion);
    }
    for (const code of basket.codes) {
      for (const promotion of this.byCode.get(code) || []) this.add(promotion);
    }
    for (const code of basket.vouchers) {
      const promotion = code === undefined ? undefined : this.byVoucher.get(code);
      if (promotion) this.add(promotion);
    }
    return this.taken();
  }

  /** @param {Promotion} promotion */
  add({ rank }) {
    this.found[rank >> 5] |= 1 << (rank & 31);
  }

  /** The promotions that were found, by rank; none is found any longer. */
  taken() {
    const { found, promotions } = this;
    const taken = [];
    for (let word = 0; word < found.length; word++) {
      while (found[word]) {
        const bit = 31 - Math.clz32(found[word] & -found[word]);
        taken.push(promotions[(word << 5) + bit]);
        found[word] &= found[word] - 1;
      }
    }
    return taken;
  }
}

/**
 * @template Key
 * @param {Map<Key, Promotion[]>} filed
 * @param {Key} key
 * @param {Promotion} promotion
 */
function addTo(filed, key, promotion) {
  const promotions = filed.get(key);
  if (promotions) promotions.push(promotion);
  else filed.set(key, [promotion]);
}

/**
 * Selectors of which every one must match some unit of a basket before the promotion can be eligible.
 * @param {Promotion} promotion
 * @returns {Selector[]}
 */
export function neededSelectors({ rule, requires }) {
  const needed = requires.map(({ selector }) => selector);
  if (rule instanceof BogoRule) return rule.get ? [...needed, rule.buy, rule.get] : [...needed, rule.buy];
  if (rule instanceof SetRule) return [...needed, ...rule.slots.map(({ selector }) => selector)];
  if (rule instanceof UpsellRule) return [...needed, rule.trigger];
  return [...needed, rule.items];
}

/**
 * A spend below which no basket is eligible (minor units).
 * @param {Promotion} promotion
 * @returns {number}
 */
export function leastSpend({ rule, requires, minSpend = 0, minBasket = 0 }) {
  let least = Math.max(minSpend, minBasket);
  for (const { spend } of requires) least = Math.max(least, spend);
  if (rule instanceof ThresholdRule && rule.onSpend) least = Math.max(least, rule.tiers[0].at);
  if (rule instanceof FreeItemRule && rule.minSpend) least = Math.max(least, rule.minSpend);
  return least;
}
