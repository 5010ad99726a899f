// Prices each case's basket, then others, then the first again, all frozen: `{result, problems}`, a line a case.
// A frozen document can't be changed: in a module, trying to throws. What the engine then makes of it is a difference.
import { createInterface } from "node:readline";
import { loadBundle, toJson } from "../../portal/static/engine/index.js";

/**
 * The document, with everything in it unchangeable.
 * @param {any} document
 */
function frozen(document) {
  if (document !== null && typeof document === "object") {
    for (const inner of Object.values(document)) frozen(inner);
    Object.freeze(document);
  }
  return document;
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const given = JSON.parse(line);
  const problems = [];
  const before = toJson(loadBundle(JSON.parse(line).bundle).calculator?.calculatePromotions(given.basket));
  const documents = frozen(given);
  const { calculator, errors } = loadBundle(documents.bundle);
  if (!calculator) throw new Error(`the bundle: ${JSON.stringify(errors)}`);
  const result = calculator.calculatePromotions(documents.basket);
  const first = toJson(result);
  for (const other of documents.others) calculator.calculatePromotions(other);
  const again = toJson(calculator.calculatePromotions(documents.basket));
  if (first !== before) problems.push(`frozen: ${first}, not frozen: ${before}`);
  if (again !== first) problems.push(`the second time: ${again}, the first time: ${first}`);
  if (toJson(result) !== first) problems.push("the first result was changed by pricing others");
  process.stdout.write(`{"result":${first},"problems":${JSON.stringify(problems)}}\n`);
}
