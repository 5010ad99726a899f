// What a till may use while it is alone, and how much of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { graceIsOver, usable } from "../../portal/static/till/index.js";
import { NOW, tenPercent } from "./making.mjs";

const HOUR = 3_600_000;
const UNTIL = new Date(NOW + HOUR).toISOString();
const ONLINE = { online: true, graceIsOver: false, leases: null, ownUses: [], now: NOW };
const BUNDLE = {
  engine: 1,
  promotions: [
    tenPercent("PLAIN"),
    tenPercent("PER_BASKET", { limits: { per_basket: 2, max_discount: 500 } }),
    tenPercent("OPEN", { limits: { total: 5 } }),
    tenPercent("MINE", { limits: { per_customer: 1 } }),
    tenPercent("VOUCHER", { trigger: { kind: "voucher" } }),
    tenPercent("ASK", { limits: { total: 5, offline: "online_only" } }),
    tenPercent("LEASED", { limits: { total: 100, budget: 9000, offline: "leased" } }),
  ],
};
const LEASES = { counted_through_seq: 10, leases: [{ promotion: "LEASED", count: 3, amount: 900, until: UNTIL }] };

/** @param {Record<string, any>} situation */
function left(situation) {
  const { leftOut } = usable(BUNDLE, { ...ONLINE, leases: LEASES, ...situation });
  return Object.fromEntries(leftOut.map(({ promotion, reason }) => [promotion, reason]));
}

/** @param {Record<string, any>} situation */
function remaining(situation) {
  const { bundle } = usable(BUNDLE, { ...ONLINE, leases: LEASES, ...situation });
  return bundle.promotions.find(({ code }) => code === "LEASED")?.remaining;
}

test("online everything may be used", () => assert.deepEqual(left({}), {}));

test("offline what needs the server's word is left out", () => {
  assert.deepEqual(left({ online: false }), { ASK: "needs_server" });
});

test("after the grace what is limited, and vouchers, are left out; plain promotions go on", () => {
  assert.deepEqual(left({ online: false, graceIsOver: true }), {
    OPEN: "grace_over",
    MINE: "grace_over",
    VOUCHER: "grace_over",
    ASK: "needs_server",
    LEASED: "grace_over",
  });
});

test("a leased promotion without a lease, or with one that ended, is left out", () => {
  assert.deepEqual(left({ leases: null }), { LEASED: "no_lease" });
  assert.deepEqual(left({ now: NOW + HOUR }), { LEASED: "no_lease" });
  assert.deepEqual(left({ leases: { counted_through_seq: 0, leases: [] } }), { LEASED: "no_lease" });
});

test("what remains of a lease is less by the till's own baskets that the server had not counted", () => {
  const use = (/** @type {number} */ seq) => ({ seq, promotion: "LEASED", count: 1, amount: 100 });
  assert.deepEqual(remaining({}), { total: 3, budget: 900 });
  assert.deepEqual(remaining({ ownUses: [use(9), use(10), use(11), use(12)] }), { total: 1, budget: 700 });
  assert.deepEqual(remaining({ ownUses: [11, 12, 13, 14].map(use) }), { total: 0, budget: 500 });
  assert.deepEqual(remaining({ ownUses: [{ ...use(11), promotion: "OPEN" }] }), { total: 3, budget: 900 });
});

test("the bundle itself is not changed", () => {
  const before = JSON.stringify(BUNDLE);
  usable(BUNDLE, { ...ONLINE, leases: LEASES, graceIsOver: true });
  assert.equal(JSON.stringify(BUNDLE), before);
});

test("the grace is over so many hours after the last contact, or when the clock was set back", () => {
  assert.equal(graceIsOver(NOW, 72, NOW + 72 * HOUR), false);
  assert.equal(graceIsOver(NOW, 72, NOW + 72 * HOUR + 1), true);
  assert.equal(graceIsOver(NOW, 72, NOW - 2 * HOUR), true);
  assert.equal(graceIsOver(null, 72, NOW), true);
});
