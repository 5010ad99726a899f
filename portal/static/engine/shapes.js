/**
 * The kinds of values in our documents, as data: each reads a JSON value.
 *
 * A document's shape is written once (definition.js). `read` never throws: it notes problems and returns the value in
 * its one canonical form (null and undefined are absent), or null when it is wrong.
 */

import { isObject, Step } from "./problems.js";
import { shown } from "./quoting.js";
import { FORMS, isForm } from "./times.js";

/** @typedef {import("./problems.js").Findings} Findings */
/** @typedef {import("./problems.js").Path} Path */

/** No integer of a document is larger in size: contract, section 1. */
export const LARGEST = 10 ** 12;

/**
 * What a value may be.
 * @typedef {{read(value: any, path: Path, findings: Findings): any}} Shape
 */

/**
 * The integer that a JSON number stands for (2.0 is 2, -0 is 0), or null.
 * @param {unknown} value
 * @returns {number | null}
 */
export function wholeNumber(value) {
  return typeof value === "number" && Number.isInteger(value) ? value + 0 : null;
}

/** A value that the engines neither read nor check. */
export class Anything {
  /** @param {unknown} value */
  read(value) {
    return value;
  }
}

/** A text; empty only where `mayBeEmpty`. */
export class Text {
  constructor(mayBeEmpty = false) {
    this.mayBeEmpty = mayBeEmpty;
  }

  /**
   * @param {unknown} value
   * @param {Path} path
   * @param {Findings} findings
   */
  read(value, path, findings) {
    if (typeof value === "string" && (value || this.mayBeEmpty)) return value;
    findings.add(path, value === "" ? "must not be empty" : `must be a text, not ${shown(value)}`);
    return null;
  }
}

/** A text of one form, such as a code; `meaning` says the form in words, `example` shows one. */
export class Matching {
  /**
   * @param {RegExp} pattern
   * @param {string} meaning
   * @param {string} example
   */
  constructor(pattern, meaning, example) {
    this.pattern = pattern;
    this.meaning = meaning;
    this.example = example;
  }

  /**
   * @param {unknown} value
   * @param {Path} path
   * @param {Findings} findings
   */
  read(value, path, findings) {
    if (typeof value === "string" && this.pattern.test(value)) return value;
    findings.add(path, `must be ${this.meaning}, such as ${this.example}, not ${shown(value)}`);
    return null;
  }
}

/** A whole number from `least` to `most`. */
export class Integer {
  constructor(least = -LARGEST, most = LARGEST) {
    this.least = least;
    this.most = most;
  }

  /**
   * @param {unknown} value
   * @param {Path} path
   * @param {Findings} findings
   */
  read(value, path, findings) {
    const number = wholeNumber(value);
    if (number !== null && this.least <= number && number <= this.most) return number;
    findings.add(path, `must be a whole number ${this.range()}, not ${shown(value)}`);
    return null;
  }

  range() {
    const { least, most } = this;
    return most === LARGEST && least >= 0 ? `from ${least} on` : `from ${least} to ${most}`;
  }
}

/** An amount in minor units of the document's currency, from `least` on. */
export class Money {
  constructor(least = 1) {
    this.least = least;
  }

  /**
   * @param {unknown} value
   * @param {Path} path
   * @param {Findings} findings
   */
  read(value, path, findings) {
    const number = wholeNumber(value);
    if (number !== null && this.least <= number && number <= LARGEST) {
      findings.money = true;
      return number;
    }
    const least = this.least ? "above 0" : "of 0 or more";
    const words = `must be an amount ${least}, without fractions of the smallest coin`;
    findings.add(path, `${words}, not ${shown(value)}`);
    return null;
  }
}

/** A JSON number with at most `places` decimals, in its own unit; the bounds are in steps of the last place. */
export class Decimal {
  /**
   * @param {number} places
   * @param {number} least
   * @param {number} most
   * @param {string} meaning
   */
  constructor(places, least, most, meaning) {
    this.places = places;
    this.least = least;
    this.most = most;
    this.meaning = meaning;
  }

  /**
   * @param {unknown} value
   * @param {Path} path
   * @param {Findings} findings
   */
  read(value, path, findings) {
    const steps = stepsOf(value, this.places);
    if (steps !== null && this.least <= steps && steps <= this.most) return /** @type {number} */ (value) + 0;
    findings.add(path, `must be ${this.meaning}, not ${shown(value)}`);
    return null;
  }
}

/**
 * 12.5 with 2 places as 1250; null for what is no number or has more decimals.
 *
 * Reads the shortest decimal text of the number, so no binary rounding comes in.
 * @param {unknown} value
 * @param {number} places
 * @returns {number | null}
 */
export function stepsOf(value, places) {
  const whole = wholeNumber(value);
  if (whole !== null) return whole * 10 ** places;
  const match = typeof value === "number" ? /^(-?)(\d+)\.(\d+)$/.exec(String(value)) : null;
  if (!match || match[3].length > places) return null;
  return Number(match[1] + match[2] + match[3].padEnd(places, "0"));
}

/** True or false. */
export class Flag {
  /**
   * @param {unknown} value
   * @param {Path} path
   * @param {Findings} findings
   */
  read(value, path, findings) {
    if (typeof value === "boolean") return value;
    findings.add(path, `must be true or false, not ${shown(value)}`);
    return null;
  }
}

/** One of a few words. */
export class Choice {
  /** @param {string[]} words */
  constructor(words) {
    this.words = words;
  }

  /**
   * @param {any} value
   * @param {Path} path
   * @param {Findings} findings
   */
  read(value, path, findings) {
    if (this.words.includes(value)) return value;
    findings.add(path, `must be ${this.words.join(" or ")}, not ${shown(value)}`);
    return null;
  }
}

/** A point in time or of the clock in one written form, which one of the readers of times.js knows. */
export class Moment {
  /** @param {keyof typeof FORMS} form */
  constructor(form) {
    this.form = form;
  }

  /**
   * @param {unknown} value
   * @param {Path} path
   * @param {Findings} findings
   */
  read(value, path, findings) {
    if (typeof value === "string" && isForm(this.form, value)) return value;
    findings.add(path, `must be ${FORMS[this.form].meaning}, not ${shown(value)}`);
    return null;
  }
}

/** A list of values of one shape, of `least` to `most` entries. */
export class ListOf {
  /**
   * @param {Shape} item
   * @param {number} least
   * @param {number} most
   */
  constructor(item, least = 0, most = Infinity) {
    this.item = item;
    this.least = least;
    this.most = most;
  }

  /**
   * @param {unknown} value
   * @param {Path} path
   * @param {Findings} findings
   */
  read(value, path, findings) {
    if (!Array.isArray(value)) {
      findings.add(path, `must be a list, not ${shown(value)}`);
      return null;
    }
    if (value.length < this.least) findings.add(path, "must not be empty");
    else if (value.length > this.most) {
      findings.add(path, `must have at most ${this.most} entries, not ${value.length}`);
    }
    const list = [];
    for (let place = 0; place < value.length; place++) {
      list.push(this.item.read(value[place], new Step(path, place), findings));
    }
    return list;
  }
}

/** An object whose keys are data, such as codes. */
export class Mapping {
  /** @param {Shape} value */
  constructor(value) {
    this.value = value;
  }

  /**
   * @param {unknown} value
   * @param {Path} path
   * @param {Findings} findings
   */
  read(value, path, findings) {
    if (!isObject(value)) {
      findings.add(path, `must be an object, not ${shown(value)}`);
      return null;
    }
    /** @type {Record<string, any>} */
    const result = Object.create(null);
    for (const key of Object.keys(value)) {
      const entry = value[key];
      if (entry !== null && entry !== undefined) result[key] = this.value.read(entry, new Step(path, key), findings);
    }
    return result;
  }
}

/**
 * An object with known keys; of the keys `oneOf` exactly one is given, of `atMostOne` one or none.
 *
 * Keys of required fields end with an exclamation mark: `{"code!": TOKEN, name: TEXT}`.
 */
export class Shaped {
  /**
   * @param {Record<string, Shape>} fields
   * @param {{oneOf?: string[], atMostOne?: string[]}} alternatives
   */
  constructor(fields, { oneOf = [], atMostOne = [] } = {}) {
    /** @type {Map<string, Shape>} */
    this.fields = new Map();
    /** @type {string[]} */
    this.required = [];
    for (const [written, shape] of Object.entries(fields)) {
      const name = written.replace("!", "");
      this.fields.set(name, shape);
      if (name !== written) this.required.push(name);
    }
    this.oneOf = oneOf;
    this.atMostOne = atMostOne;
  }

  /**
   * @param {unknown} value
   * @param {Path} path
   * @param {Findings} findings
   * @returns {Record<string, any> | null}
   */
  read(value, path, findings) {
    if (!isObject(value)) {
      findings.add(path, `must be an object, not ${shown(value)}`);
      return null;
    }
    /** @type {Record<string, any>} */
    const result = {};
    for (const key of Object.keys(value)) {
      const entry = value[key];
      if (entry === null || entry === undefined) continue;
      const shape = this.fields.get(key);
      if (shape) result[key] = shape.read(entry, new Step(path, key), findings);
      else {
        const known = [...this.fields.keys()].join(", ");
        findings.add(new Step(path, key), `is not known here; known are ${known}`);
      }
    }
    for (const name of this.required) {
      if (!(name in result)) findings.add(new Step(path, name), "is required");
    }
    if (this.oneOf.length || this.atMostOne.length) this.checkAlternatives(result, path, findings);
    return result;
  }

  /**
   * @param {Record<string, any>} result
   * @param {Path} path
   * @param {Findings} findings
   */
  checkAlternatives(result, path, findings) {
    const alternatives = this.oneOf.length ? this.oneOf : this.atMostOne;
    const given = alternatives.filter((key) => key in result);
    if (!given.length && this.oneOf.length) {
      findings.add(path, `needs exactly one of ${alternatives.join(" or ")}`);
    } else if (given.length > 1 && findings.valid(...given.map((key) => new Step(path, key)))) {
      findings.add(path, `must have only one of ${alternatives.join(" or ")}, not ${given.join(" and ")}`);
    }
  }
}
