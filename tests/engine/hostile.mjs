// Prints a line for every hostile value and public function of the engine: what it answered, or that it threw.
import { evaluateCase, loadBundle, toJson } from "../../portal/static/engine/index.js";

/** @type {any} */
const cyclic = { lines: [] };
cyclic.customer = cyclic;
/** @type {any} */
let deep = [];
for (let level = 0; level < 200_000; level++) deep = [deep];
const throwing = {
  get currency() {
    throw new Error("not today");
  },
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();

/** @type {[string, any][]} */
const HOSTILE = [
  ["undefined", undefined],
  ["null", null],
  ["function", () => 1],
  ["symbol", Symbol("S")],
  ["bigint", 10n ** 30n],
  ["NaN", NaN],
  ["cyclic", cyclic],
  ["deep", deep],
  ["throwing", throwing],
  [
    "throwing nothing",
    {
      get currency() {
        // biome-ignore lint/style/useThrowOnlyError: others may throw what they like.
        throw undefined;
      },
    },
  ],
  ["revoked", revoked.proxy],
  ["no prototype", Object.create(null)],
  ["a date", new Date(0)],
];
const LINE = { id: "1", sku: "A", unit_price: 100, quantity: 1 };
const BASKET = { currency: "USD", at: "2026-11-22T12:00:00Z", lines: [LINE] };
const { calculator } = loadBundle({ engine: 1, promotions: [] });

for (const [name, value] of HOSTILE) {
  /** @type {[string, () => any][]} */
  const calls = [
    ["loadBundle", () => loadBundle(value)],
    ["a promotion", () => loadBundle({ engine: 1, promotions: [value] })],
    ["a rule", () => loadBundle({ engine: 1, promotions: [{ code: "A", type: "bogo", rule: value }] })],
    ["evaluateCase", () => evaluateCase(value)],
    ["a basket", () => calculator?.calculatePromotions(value)],
    ["a line", () => calculator?.calculatePromotions({ ...BASKET, lines: [value] })],
    ["a price", () => calculator?.calculatePromotions({ ...BASKET, lines: [{ ...LINE, unit_price: value }] })],
    ["a customer", () => calculator?.calculatePromotions({ ...BASKET, customer: { id: value } })],
  ];
  for (const [where, call] of calls) {
    try {
      const answer = call();
      const told = Array.isArray(answer.errors) && answer.errors.every((/** @type {any} */ each) => each.message);
      console.log(toJson({ name, where, answer: told ? "errors" : answer.calculator ? "calculator" : "result" }));
    } catch (error) {
      console.log(toJson({ name, where, answer: `threw ${String(error)}` }));
    }
  }
}
// What is priced after all of them is priced as ever.
console.log(toJson(calculator?.calculatePromotions(BASKET)));
