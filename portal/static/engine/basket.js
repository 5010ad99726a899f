/**
 * The basket as the calculator reads it: checked once, quickly, into plain lists.
 *
 * A usual basket is checked while it is read. One that has anything unusual in its lines (a null, a mistake) is read
 * again by its shape, which names every problem and brings the rest into canonical form. Source: contract, section 2.
 */

import { BASKET, MOST_LINES, MOST_UNITS } from "./definition.js";
import { product, sum } from "./exact.js";
import { below, Findings, Invalid, isObject, Step } from "./problems.js";
import { LARGEST } from "./shapes.js";
import { readAt } from "./times.js";

/** @typedef {import("./problems.js").Path} Path */
/** @typedef {import("./types.js").Line} Line */

const REQUIRED_OF_LINE = 4;

/** A checked basket: one entry a line in each list, money in minor units. */
export class Basket {
  /**
   * @param {Record<string, any>} head all but the lines, in canonical form
   * @param {Line[]} lines
   */
  constructor(head, lines) {
    /** @type {string | undefined} */
    this.id = head.id;
    /** @type {string} */
    this.currency = head.currency;
    /** @type {string | undefined} */
    this.store = head.store;
    /** @type {string | undefined} */
    this.channel = head.channel;
    /** @type {import("./types.js").Customer} */
    this.customer = head.customer || {};
    /** @type {import("./types.js").Payment} */
    this.payment = head.payment || {};
    /** @type {string[]} */
    this.codes = (head.codes || []).map(asciiLower);
    /** @type {Set<string | undefined>} */
    this.vouchers = new Set((head.vouchers || []).map((/** @type {any} */ voucher) => voucher.promotion));
    const { seconds, offset } = readAt(head.at);
    this.seconds = seconds;
    this.utc = seconds - offset;
    this.day = Math.floor(seconds / 86400);
    this.minute = Math.floor((seconds - this.day * 86400) / 60);
    this.lines = lines;
    /** @type {number[]} */
    this.quantities = [];
    /** @type {number[]} */
    this.prices = [];
    /** @type {number[]} */
    this.floors = [];
    this.hasFloors = false;
    this.units = 0;
    this.subtotal = 0;
  }

  /**
   * Note a line that was checked.
   * @param {number} quantity
   * @param {number} price
   * @param {number} floor
   */
  add(quantity, price, floor) {
    this.quantities.push(quantity);
    // -0 becomes 0.
    this.prices.push(price + 0);
    this.floors.push(floor + 0);
    if (floor) this.hasFloors = true;
    this.units += quantity;
    this.subtotal += quantity * price;
  }
}

/**
 * The basket of a JSON value. Throws Invalid with every problem.
 * @param {unknown} document
 * @returns {Basket}
 */
export function readBasket(document) {
  const usual = readUsual(document);
  if (usual) return usual;
  const findings = new Findings();
  const canonical = checkBasket(document, null, findings);
  const basket = findings.any ? null : readUsual(canonical);
  if (!basket) throw new Invalid(findings.inOrderOf(document));
  return basket;
}

/**
 * The basket, or null when there is anything that wants a closer look.
 * @param {unknown} document
 * @returns {Basket | null}
 */
function readUsual(document) {
  if (!isObject(document)) return null;
  const { lines } = document;
  if (!Array.isArray(lines) || lines.length > MOST_LINES) return null;
  const head = readHead(document);
  if (!head) return null;
  const basket = new Basket(head, lines);
  return readLines(basket) ? basket : null;
}

/**
 * All but the lines in canonical form, or null when anything is wrong.
 * @param {Record<string, any>} document
 * @returns {Record<string, any> | null}
 */
function readHead(document) {
  const findings = new Findings();
  /** @type {Record<string, any>} */
  const head = {};
  for (const key of Object.keys(document)) {
    const value = document[key];
    if (key === "lines" || value === null || value === undefined) continue;
    const shape = BASKET.fields.get(key);
    if (!shape) return null;
    head[key] = shape.read(value, null, findings);
  }
  return findings.any || head.currency === undefined || head.at === undefined ? null : head;
}

/** @param {Basket} basket */
function readLines(basket) {
  const { lines } = basket;
  const seen = new Set();
  for (let position = 0; position < lines.length; position++) {
    const line = lines[position];
    if (!isObject(line)) return false;
    const { id, sku, unit_price: price, quantity } = /** @type {Line} */ (line);
    if (typeof id !== "string" || typeof sku !== "string" || !id || !sku) return false;
    if (!Number.isInteger(price) || !Number.isInteger(quantity) || price < 0 || quantity < 1) return false;
    const floor = floorOf(line, Object.keys(line).length - REQUIRED_OF_LINE);
    if (floor < 0) return false;
    basket.add(quantity, price, floor);
    seen.add(id);
  }
  return seen.size === lines.length && basket.units <= MOST_UNITS && basket.subtotal <= LARGEST;
}

/**
 * The floor price of a line whose optional keys, `optional` of them, are as usual; else -1.
 * @param {Line} line
 * @param {number} optional
 * @returns {number}
 */
function floorOf(line, optional) {
  if (!optional) return 0;
  let floor = 0;
  if (line.categories !== undefined) {
    optional--;
    if (!isListOfTexts(line.categories)) return -1;
  }
  if (line.tags !== undefined) {
    optional--;
    if (!isListOfTexts(line.tags)) return -1;
  }
  if (line.brand !== undefined) {
    optional--;
    if (typeof line.brand !== "string" || !line.brand) return -1;
  }
  if (line.floor_price !== undefined) {
    optional--;
    floor = line.floor_price;
    if (!Number.isInteger(floor) || floor < 0 || floor > line.unit_price) return -1;
  }
  return optional ? -1 : floor;
}

/** @param {unknown} words */
function isListOfTexts(words) {
  if (!Array.isArray(words)) return false;
  for (let place = 0; place < words.length; place++) {
    if (typeof words[place] !== "string" || !words[place]) return false;
  }
  return true;
}

/**
 * A basket in canonical form; notes every problem, across its fields too.
 * @param {unknown} document
 * @param {Path} path
 * @param {Findings} findings
 * @returns {Record<string, any> | null}
 */
export function checkBasket(document, path, findings) {
  const basket = BASKET.read(document, path, findings);
  if (!basket || !Array.isArray(basket.lines)) return basket;
  const seen = new Set();
  basket.lines.forEach((line, position) => {
    if (!line) return;
    const { id = null, unit_price: price = null, floor_price: floor = null } = line;
    const at = below(path, "lines", position);
    if (id !== null && seen.has(id)) {
      findings.add(new Step(at, "id"), `must differ from the other lines, ${id} stands twice`);
    }
    seen.add(id);
    if (price !== null && floor !== null && floor > price) {
      findings.add(new Step(at, "floor_price"), `must be at most the unit price, ${price}, not ${floor}`);
    }
  });
  checkBounds(basket.lines, below(path, "lines"), findings);
  return basket;
}

/**
 * The bounds of units and subtotal, where the numbers that they add up are all there.
 * @param {(Partial<Line> | null)[]} lines
 * @param {Path} path
 * @param {Findings} findings
 */
function checkBounds(lines, path, findings) {
  /** @type {import("./exact.js").Whole} */
  let units = 0;
  /** @type {import("./exact.js").Whole | null} */
  let subtotal = 0;
  for (const line of lines) {
    const { quantity = null, unit_price: price = null } = line || {};
    if (quantity === null) return;
    units = sum(units, quantity);
    subtotal = subtotal === null || price === null ? null : sum(subtotal, product(quantity, price));
  }
  if (units > MOST_UNITS) findings.add(path, `must have at most ${MOST_UNITS} units together, not ${units}`);
  else if (subtotal !== null && subtotal > LARGEST) {
    findings.add(path, `must cost at most ${LARGEST} together, not ${subtotal}`);
  }
}

/**
 * Capital letters A to Z in lower case; nothing else changes.
 * @param {string} text
 * @returns {string}
 */
export function asciiLower(text) {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
