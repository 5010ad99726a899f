/**
 * What is wrong with a document: problems by field, and their order.
 *
 * Source: contract, section 1 ("Errors are ...") and section 7 ("all errors: keys as written, then missing ones ...").
 */

/** @typedef {import("./types.js").Problem} Problem */

/** One step of a path into a document, a key or a list position, below the steps before it. */
export class Step {
  /**
   * @param {Path} above
   * @param {string | number} key
   */
  constructor(above, key) {
    this.above = above;
    this.key = key;
  }
}

/**
 * Where a value stands in a document; the whole document is null.
 * @typedef {Step | null} Path
 */

/**
 * The path to a value below another.
 * @param {Path} path
 * @param {...(string | number)} keys
 * @returns {Path}
 */
export function below(path, ...keys) {
  return keys.reduce((above, key) => new Step(above, key), path);
}

/**
 * Required keys in the order of the contract's page; no object has two of them in another order.
 */
const PAGE_ORDER = [
  ...["engine", "promotions", "basket", "code", "type", "currency", "at", "lines", "rule", "schedule", "stacking"],
  ...["id", "sku", "unit_price", "slots", "contents", "buy", "get", "gift", "when", "trigger", "offer", "tiers"],
  ...["items", "quantity", "percent", "basis_points", "amount", "price", "earn", "reward", "promotion"],
  ...["from", "to", "windows", "group", "key", "seed", "unit", "range"],
];

/** A document can't be used; `problems` holds every reason, in document order. */
export class Invalid extends Error {
  /** @param {Problem[]} problems */
  constructor(problems) {
    super(problems.map(({ field, message }) => `${field} ${message}`.trim()).join("; "));
    this.problems = problems;
  }
}

/** Collects problems while a document is read; the first one at a field stays. */
export class Findings {
  constructor() {
    /** @type {Map<string, {keys: (string | number)[], message: string}> | null} */
    this.found = null;
    /** Whether an amount of money was read: it makes a currency necessary. */
    this.money = false;
  }

  get any() {
    return this.found !== null;
  }

  /**
   * @param {Path} path
   * @param {string} message
   */
  add(path, message) {
    const keys = keysOf(path);
    const name = JSON.stringify(keys);
    if (this.found === null) this.found = new Map();
    if (!this.found.has(name)) this.found.set(name, { keys, message });
  }

  /**
   * True when nothing at or below any of `paths` is wrong.
   * @param {...Path} paths
   */
  valid(...paths) {
    if (this.found === null) return true;
    const wrong = [...this.found.values()];
    return !paths
      .map(keysOf)
      .some((keys) => wrong.some((each) => keys.every((key, place) => each.keys[place] === key)));
  }

  /**
   * All problems: an object before its keys, keys as written, then missing ones in the page's order.
   * @param {unknown} document
   * @returns {Problem[]}
   */
  inOrderOf(document) {
    const found = [...(this.found || new Map()).values()];
    return found
      .map(({ keys, message }) => ({ keys, message, position: positionOf(document, keys) }))
      .sort((one, other) => compare(one.position, other.position))
      .map(({ keys, message }) => ({ field: fieldName(keys), message }));
  }
}

/**
 * @param {Path} path
 * @returns {(string | number)[]}
 */
function keysOf(path) {
  const keys = [];
  for (let step = path; step; step = step.above) keys.push(step.key);
  return keys.reverse();
}

/**
 * `["rule", "tiers", 0, "at"]` as `rule.tiers[0].at`; the whole document is ``.
 * @param {(string | number)[]} keys
 * @returns {string}
 */
export function fieldName(keys) {
  const text = keys.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
  return text.startsWith(".") ? text.slice(1) : text;
}

/**
 * Where a path stands: at each level the place of the key as written, missing keys after all of them.
 * @param {any} document
 * @param {(string | number)[]} keys
 * @returns {number[]}
 */
function positionOf(document, keys) {
  const position = [];
  for (const key of keys) {
    if (typeof key === "number") {
      position.push(0, key);
      document = Array.isArray(document) ? document[key] : null;
    } else if (isObject(document) && document[key] !== null && document[key] !== undefined && owns(document, key)) {
      position.push(0, Object.keys(document).indexOf(key));
      document = document[key];
    } else {
      const rank = PAGE_ORDER.indexOf(key);
      position.push(1, rank < 0 ? PAGE_ORDER.length : rank);
      document = null;
    }
  }
  return position;
}

/**
 * @param {number[]} one
 * @param {number[]} other
 */
function compare(one, other) {
  for (let place = 0; place < Math.min(one.length, other.length); place++) {
    if (one[place] !== other[place]) return one[place] - other[place];
  }
  return one.length - other.length;
}

/**
 * True for a JSON object.
 * @param {unknown} value
 * @returns {value is Record<string, any>}
 */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * True when an object has a key of its own, whatever else it inherits.
 * @param {object} document
 * @param {string} key
 */
export function owns(document, key) {
  return Object.prototype.hasOwnProperty.call(document, key);
}
