/**
 * How fast the JavaScript engine is on one bundle: called by bench/engine.py, which measures Python's beside it.
 *
 * Reads {bundle, baskets} from standard input and writes one line of JSON. A process measures one bundle, as a till has
 * one. Each round reads the baskets anew from JSON, so that nothing is remembered of an earlier one; validation is part
 * of the time, reading JSON is not. Rounds of WARM_UP_MS are thrown away, until the compiler of Node has done its work;
 * `first_us` is the first basket of all, before it.
 */

import { readFileSync } from "node:fs";
import { loadBundle, toJson } from "../portal/static/engine/index.js";

const WARM_UP_MS = 1000;
const MEASURE_MS = 1500;
const LEAST_ROUNDS = 10;
const LOADS = 60;

/**
 * Which promotions name a sku or category of a basket: an inverted index, nothing else.
 * @param {any[]} promotions
 */
function floorOf(promotions) {
  /** @type {Map<string, number[]>} */
  const words = new Map();
  promotions.forEach(({ rule }, number) => {
    for (const word of wordsOf(rule)) {
      const numbers = words.get(word);
      if (numbers) numbers.push(number);
      else words.set(word, [number]);
    }
  });
  return (/** @type {any} */ basket) => {
    /** @type {Set<number>} */
    const found = new Set();
    const note = (/** @type {string} */ word) => {
      const numbers = words.get(word);
      if (numbers) for (const number of numbers) found.add(number);
    };
    for (const { sku, categories } of basket.lines) {
      note(sku);
      for (const word of categories) note(word);
    }
    return found;
  };
}

/**
 * Every text in a JSON value.
 * @param {unknown} value
 * @returns {string[]}
 */
function wordsOf(value) {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(wordsOf) : [];
}

/**
 * Median and 99th percentile of one call, in microseconds, over all baskets.
 * @param {(basket: any) => unknown} call
 * @param {string} baskets
 */
function timed(call, baskets) {
  /** @type {unknown[]} */
  const kept = [];
  roundsFor(WARM_UP_MS, baskets, (basket) => kept.push(call(basket)), kept);
  /** @type {number[]} */
  const times = [];
  roundsFor(
    MEASURE_MS,
    baskets,
    (basket) => {
      const start = performance.now();
      const result = call(basket);
      times.push((performance.now() - start) * 1000);
      kept.push(result); // a result that nobody reads need not be computed
    },
    kept,
  );
  return spread(times);
}

/**
 * @param {number} milliseconds
 * @param {string} baskets
 * @param {(basket: any) => void} take
 * @param {unknown[]} kept emptied after each round
 */
function roundsFor(milliseconds, baskets, take, kept) {
  const end = performance.now() + milliseconds;
  for (let round = 0; round < LEAST_ROUNDS || performance.now() < end; round++) {
    for (const basket of JSON.parse(baskets)) take(basket);
    kept.length = 0;
  }
}

/** @param {number[]} times */
function spread(times) {
  times.sort((one, other) => one - other);
  return { median_us: times[Math.floor(times.length / 2)], p99_us: times[Math.floor(times.length * 0.99)] };
}

/** @param {any} bundle */
function calculatorOf(bundle) {
  const { calculator, errors } = loadBundle(bundle);
  if (!calculator) throw new Error(`the engine refuses the bundle: ${JSON.stringify(errors)}`);
  return calculator;
}

/**
 * How long a bundle takes from its JSON value to a calculator with its index, each time a fresh value.
 * @param {string} bundle
 */
function timedLoads(bundle) {
  const times = [];
  for (let load = 0; load < LOADS; load++) {
    const document = JSON.parse(bundle);
    const start = performance.now();
    calculatorOf(document);
    times.push((performance.now() - start) * 1000);
  }
  const [first] = times;
  return { ...spread(times.slice(LOADS / 3)), first_us: first };
}

/**
 * @param {{bundle: any, baskets: any[]}} work
 */
function timedBaskets({ bundle, baskets }) {
  const text = JSON.stringify(baskets);
  const calculator = calculatorOf(bundle);
  const start = performance.now();
  calculator.calculatePromotions(baskets[0]);
  const first = (performance.now() - start) * 1000;
  const results = baskets.map((basket) => toJson(calculator.calculatePromotions(basket)));
  const { median_us: floor } = timed(floorOf(bundle.promotions), text);
  const measured = timed((basket) => calculator.calculatePromotions(basket), text);
  return { ...measured, first_us: first, floor_us: floor, results };
}

const work = JSON.parse(readFileSync(0, "utf8"));
const measured = work.baskets ? timedBaskets(work) : timedLoads(JSON.stringify(work.bundle));
console.log(JSON.stringify({ node: process.version.slice(1), ...measured }));
