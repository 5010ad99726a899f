// The JavaScript engine for `portal evaluate --engine js`: a case that holds a bundle a line in, an answer a line out.
//
// A line that begins with "=" holds a basket alone; it is priced with the bundle and remaining limits of the case
// before it, which are not read again.
import { createInterface } from "node:readline";
import { calculatorOfCase } from "./static/engine/evaluate.js";
import { Calculator, evaluateCase, toJson } from "./static/engine/index.js";

/** @type {{given: any, calculator: Calculator | null}} */
let last = { given: {}, calculator: null };

/**
 * @param {any} given
 * @returns {unknown}
 */
function answerTo(given) {
  try {
    last = { given, calculator: new Calculator(calculatorOfCase(given)) };
  } catch {
    last = { given, calculator: null };
    return evaluateCase(given);
  }
  return last.calculator?.calculatePromotions(given.basket);
}

/**
 * @param {unknown} basket
 * @returns {unknown}
 */
function answerAgain(basket) {
  const answer = last.calculator?.calculatePromotions(basket);
  return answer && !("errors" in answer) ? answer : evaluateCase({ ...last.given, basket });
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const answer = line.startsWith("=") ? answerAgain(JSON.parse(line.slice(1))) : answerTo(JSON.parse(line));
  process.stdout.write(`${toJson(answer)}\n`);
}
