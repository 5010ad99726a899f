/**
 * Which lines a selector takes, and finding the selectors that a basket touches without asking each.
 *
 * All units of a line are alike to a selector, so it takes whole lines. An engine prices one basket at a time, so each
 * selector keeps what it takes of the basket in work; `turn`, the number of that basket, tells it from an earlier
 * one's.
 * Source: contract, section 3, "Selector".
 */

import { Run } from "./runs.js";

/** @typedef {import("./basket.js").Basket} Basket */
/** @typedef {import("./types.js").Line} Line */
/** @typedef {import("./types.js").ItemSelector} ItemSelector */

const BITS_A_WORD = 30;

/** A selector within the brands of a promotion's scope, and what it takes of the basket in work. */
export class Selector {
  /**
   * @param {number} number its place in the bundle's index
   * @param {ItemSelector} document
   * @param {string[]} brands none for all
   */
  constructor(number, document, brands) {
    this.number = number;
    this.keys = keysOf(document);
    this.least = document.min_unit_price === undefined ? 0 : document.min_unit_price;
    this.most = document.max_unit_price === undefined ? Infinity : document.max_unit_price;
    const excluded = keysOf(document.exclude || {});
    this.excluded = excluded.length ? new WordsByList(excluded) : null;
    this.brands = brands.length ? new Set(brands) : null;
    this.narrow = Boolean(this.brands || this.excluded || this.least > 0 || this.most !== Infinity);
    this.everything = !this.keys.length;

    this.turn = 0;
    /** @type {number[]} Positions of the lines that it takes, in order. */
    this.lines = [];
    this.spend = 0;
    this.units = 0;
    this.floors = 0;
    this.summed = false;
    /** @type {number[] | null} The same lines as bits. */
    this.bits = null;
  }

  /**
   * True when brand, price and exclusions let the line through.
   * @param {Line} line
   */
  admits(line) {
    if (line.unit_price < this.least || line.unit_price > this.most) return false;
    if (this.brands && (line.brand === undefined || !this.brands.has(line.brand))) return false;
    return !this.excluded || !this.excluded.nameAnyOf(line);
  }

  /**
   * Forget the basket before.
   * @param {number} turn
   */
  begin(turn) {
    this.turn = turn;
    this.lines = [];
    this.summed = false;
    this.bits = null;
  }
}

/** @typedef {"skus" | "categories" | "brands" | "tags"} List */
/** @type {List[]} */
const LISTS = ["skus", "categories", "brands", "tags"];

/**
 * What a selector, or its exclusions, names.
 * @param {Partial<Record<List, string[]>>} document
 * @returns {[List, string][]}
 */
function keysOf(document) {
  /** @type {[List, string][]} */
  const keys = [];
  for (const list of LISTS) {
    for (const word of document[list] || []) keys.push([list, word]);
  }
  return keys;
}

/** Words by the list that they stand in. */
class WordsByList {
  /** @param {[List, string][]} keys */
  constructor(keys) {
    /** @type {Record<List, Set<string>>} */
    this.words = { skus: new Set(), categories: new Set(), brands: new Set(), tags: new Set() };
    for (const [list, word] of keys) this.words[list].add(word);
  }

  /** @param {Line} line */
  nameAnyOf({ sku, categories, brand, tags }) {
    const { words } = this;
    if (words.skus.has(sku) || (brand !== undefined && words.brands.has(brand))) return true;
    if (categories !== undefined && categories.some((word) => words.categories.has(word))) return true;
    return tags !== undefined && tags.some((word) => words.tags.has(word));
  }
}

/** The selectors of a bundle, each stored once, found by what they name. */
export class SelectorIndex {
  constructor() {
    /** @type {Selector[]} */
    this.selectors = [];
    /** How many baskets were read; the number of the one in work. */
    this.turn = 0;
    /** @type {Map<string, Selector>} */
    this.known = new Map();
    /** @type {Record<List, Map<string, Selector[]>>} */
    this.byList = { skus: new Map(), categories: new Map(), brands: new Map(), tags: new Map() };
  }

  /**
   * The selector of a compiled document, the same object for the same selector.
   * @param {ItemSelector | undefined} document
   * @param {string[]} brands
   * @returns {Selector}
   */
  add(document, brands) {
    const key = JSON.stringify([document || {}, brands]);
    let selector = this.known.get(key);
    if (!selector) {
      selector = new Selector(this.selectors.length, document || {}, brands);
      this.known.set(key, selector);
      this.selectors.push(selector);
      for (const [list, word] of selector.keys) this.file(this.byList[list], word, selector);
    }
    return selector;
  }

  /**
   * @param {Map<string, Selector[]>} words
   * @param {string} word
   * @param {Selector} selector
   */
  file(words, word, selector) {
    const selectors = words.get(word);
    if (!selectors) words.set(word, [selector]);
    else if (selectors[selectors.length - 1] !== selector) selectors.push(selector);
  }

  /**
   * Every selector that names something of a basket; each knows its lines afterwards.
   * @param {Line[]} lines
   * @returns {Selector[]}
   */
  touched(lines) {
    const { skus, categories, brands, tags } = this.byList;
    /** @type {Selector[]} */
    const touched = [];
    for (let position = 0; position < lines.length; position++) {
      const line = lines[position];
      this.note(skus.get(line.sku), line, position, touched);
      if (line.categories !== undefined && categories.size) {
        for (const word of line.categories) this.note(categories.get(word), line, position, touched);
      }
      if (line.brand !== undefined && brands.size) this.note(brands.get(line.brand), line, position, touched);
      if (line.tags !== undefined && tags.size) {
        for (const word of line.tags) this.note(tags.get(word), line, position, touched);
      }
    }
    return touched;
  }

  /**
   * @param {Selector[] | undefined} selectors
   * @param {Line} line
   * @param {number} position
   * @param {Selector[]} touched
   */
  note(selectors, line, position, touched) {
    if (selectors === undefined) return;
    for (let each = 0; each < selectors.length; each++) {
      const selector = selectors[each];
      if (selector.turn !== this.turn) {
        selector.begin(this.turn);
        touched.push(selector);
      }
      const { lines } = selector;
      if (lines.length && lines[lines.length - 1] === position) continue;
      if (!selector.narrow || selector.admits(line)) lines.push(position);
    }
  }
}

/** A basket beside a bundle's selectors: which lines each takes, and what they come to as rung up. */
export class Matches {
  /**
   * @param {Basket} basket
   * @param {SelectorIndex} index
   */
  constructor(basket, index) {
    this.basket = basket;
    this.turn = ++index.turn;
    this.touched = index.touched(basket.lines);
    const { quantities, prices } = basket;
    /** @type {import("./runs.js").Runs[]} */
    this.rungUp = [];
    for (let line = 0; line < prices.length; line++) {
      this.rungUp.push(new Run(quantities[line], prices[line], false));
    }
    this.words = Math.ceil(prices.length / BITS_A_WORD);
  }

  /**
   * The positions of the lines that a selector takes, in order.
   * @param {Selector} selector
   * @returns {number[]}
   */
  lines(selector) {
    if (selector.turn !== this.turn) {
      selector.begin(this.turn);
      if (selector.everything) this.takeAll(selector);
    }
    return selector.lines;
  }

  /** @param {Selector} selector */
  takeAll(selector) {
    const { lines } = this.basket;
    for (let position = 0; position < lines.length; position++) {
      if (!selector.narrow || selector.admits(lines[position])) selector.lines.push(position);
    }
  }

  /**
   * What the units of a selector cost as rung up.
   * @param {Selector} selector
   */
  spend(selector) {
    return this.summed(selector).spend;
  }

  /**
   * How many units a selector takes.
   * @param {Selector} selector
   */
  units(selector) {
    return this.summed(selector).units;
  }

  /**
   * What the units of a selector can lose as rung up: their prices minus their floors.
   * @param {Selector} selector
   */
  capacity(selector) {
    return this.summed(selector).spend - selector.floors;
  }

  /** @param {Selector} selector */
  summed(selector) {
    const lines = this.lines(selector);
    if (!selector.summed) {
      const { quantities, prices, floors } = this.basket;
      selector.spend = selector.units = selector.floors = 0;
      for (const line of lines) {
        selector.spend += quantities[line] * prices[line];
        selector.units += quantities[line];
        selector.floors += quantities[line] * floors[line];
      }
      selector.summed = true;
    }
    return selector;
  }

  /** No lines, as bits. */
  noBits() {
    const bits = [];
    for (let word = 0; word < this.words; word++) bits.push(0);
    return bits;
  }

  /**
   * The lines that a selector takes, as bits.
   * @param {Selector} selector
   * @returns {number[]}
   */
  bits(selector) {
    const lines = this.lines(selector);
    if (!selector.bits) {
      selector.bits = this.noBits();
      for (const line of lines) addLine(selector.bits, line);
    }
    return selector.bits;
  }

  /**
   * The lines that any of some selectors takes, as bits.
   * @param {Selector[]} selectors
   * @returns {number[]}
   */
  bitsOfAny(selectors) {
    if (selectors.length === 1) return this.bits(selectors[0]);
    const any = this.noBits();
    for (const selector of selectors) {
      const own = this.bits(selector);
      for (let word = 0; word < any.length; word++) any[word] |= own[word];
    }
    return any;
  }

  /**
   * True when any of some selectors takes any of some lines.
   * @param {Selector[]} selectors
   * @param {number[]} lines as bits
   */
  meet(selectors, lines) {
    for (const selector of selectors) {
      const own = this.bits(selector);
      for (let word = 0; word < own.length; word++) {
        if (own[word] & lines[word]) return true;
      }
    }
    return false;
  }
}

/**
 * @param {number[]} bits
 * @param {number} line
 */
export function addLine(bits, line) {
  bits[Math.floor(line / BITS_A_WORD)] |= 1 << (line % BITS_A_WORD);
}
