// The whole till with a portal of a few lines beside it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { enroll, Till } from "../../portal/static/till/index.js";
import { acknowledged, BASKET, bundleOf, KEYS, Portal, STORE, surroundings, tenPercent } from "./making.mjs";

const HOUR = 3_600_000;

async function enrolled() {
  const portal = new Portal();
  portal.answers["/devices/enroll"] = () => ({
    status: 200,
    body: JSON.stringify({ store: STORE, device_id: "d1", token: "pst_d1_secret", keys: KEYS, name: "Counter 1" }),
  });
  const around = surroundings({ fetch: portal.fetch });
  await enroll(around, "http://portal.test", "K7QP-2M9D-XW4T");
  return { portal, around, till: await restarted(around) };
}

/** @param {any} around */
async function restarted(around) {
  return /** @type {Till} */ (await Till.start(around));
}

/** @param {any} sale */
const discountOf = (sale) => sale.price(BASKET).discount;

/** @param {Till} till */
async function sell(till) {
  const sale = till.open();
  assert.ok(sale);
  const result = /** @type {any} */ (sale.price(BASKET));
  const at = "2026-11-25T12:00:00Z";
  await till.close({ kind: "sale", at, bundle_version: sale.version, basket: BASKET, result });
  return result;
}

test("a code that the server refuses is told in the server's words", async () => {
  const portal = new Portal();
  portal.answers["/devices/enroll"] = () => ({
    status: 401,
    body: JSON.stringify({ detail: "This code is not valid." }),
  });
  await assert.rejects(
    enroll(surroundings({ fetch: portal.fetch }), "http://portal.test", "X"),
    /This code is not valid/,
  );
  assert.equal(await Till.start(surroundings()), null);
});

test("a poll takes what is new, tells the server what the till has, and is cheap when nothing is", async () => {
  const { portal, till } = await enrolled();
  assert.deepEqual([(await till.poll()).took, till.version], [1, 1]);
  portal.requests.length = 0;
  const again = await till.poll();
  assert.deepEqual(
    [again.status, again.took, portal.requests.map(({ path }) => path)],
    [304, null, ["/manifest", "/leases"]],
  );
  const { headers } = portal.requests[0];
  assert.deepEqual(
    ["Authorization", "X-Bundle-Version", "X-Engine", "X-Outbox", "X-Till-Time"].map((name) => headers[name]),
    ["Bearer pst_d1_secret", "1", "1", "0", "2026-11-25T12:00:00.000Z"],
  );
});

test("a manifest that was signed anew does not fetch the bundle again", async () => {
  const { portal, till } = await enrolled();
  const bundle = bundleOf([tenPercent("TEN")]);
  portal.publish(bundle, { version: 2 });
  await till.poll();
  portal.publish(bundle, { version: 2, issued_at: "2026-11-25T11:59:00Z" });
  portal.requests.length = 0;
  assert.equal((await till.poll()).took, 2);
  assert.deepEqual(
    portal.requests.map(({ path }) => path),
    ["/manifest", "/leases"],
  );
});

test("what is refused changes nothing and is reported once, by its rule", async () => {
  const { portal, till } = await enrolled();
  portal.publish(bundleOf([tenPercent("TEN")]), { version: 5 });
  await till.poll();
  portal.publish(bundleOf([]), { version: 4 });
  for (const _ of [1, 2]) assert.equal((await till.poll()).refused?.refused, "version");
  assert.deepEqual([till.version, (await sell(till)).discount], [5, 100]);
  await till.upload();
  const logs = portal.requests.filter(({ path }) => path === "/logs").flatMap(({ body }) => body.events);
  assert.deepEqual(
    logs.map(({ kind, level, detail }) => [kind, level, detail.rule]),
    [["bundle_refused", "error", "version"]],
  );
});

test("an open basket keeps the bundle that it was priced with", async () => {
  const { portal, till } = await enrolled();
  portal.publish(bundleOf([tenPercent("TEN")]), { version: 2 });
  await till.poll();
  const sale = till.open();
  portal.publish(bundleOf([]), { version: 3 });
  await till.poll();
  const now = till.open();
  assert.deepEqual([sale?.version, discountOf(sale)], [2, 100]);
  assert.deepEqual([now?.version, discountOf(now)], [3, 0]);
});

test("a suspended store, a token that ended and a server in trouble leave the till what it has", async () => {
  const { portal, till } = await enrolled();
  portal.publish(bundleOf([tenPercent("TEN")]), { version: 2 });
  await till.poll();
  for (const status of [401, 403, 404, 426, 429, 500, 503]) {
    portal.answers["/manifest"] = () => ({ status, headers: { "Retry-After": "77" } });
    const { took, waitS } = await till.poll();
    assert.deepEqual([took, till.version, (await sell(till)).discount], [null, 2, 100]);
    assert.ok(waitS >= 77, `${status}: waits ${waitS}`);
  }
});

test("a till without a network sells on, backs off, and reports everything later, the oldest first", async () => {
  const { portal, around, till } = await enrolled();
  portal.publish(bundleOf([tenPercent("TEN")]), { version: 2 });
  await till.poll();
  portal.isReachable = false;
  const waits = [];
  for (let each = 0; each < 4; each++) {
    waits.push((await till.poll()).waitS);
    await sell(till);
  }
  assert.deepEqual(waits, [2, 4, 8, 16]);
  assert.deepEqual(await till.upload(), { sent: 0, status: 0, waitS: 32 });
  portal.isReachable = true;
  assert.equal((await (await restarted(around)).upload()).sent, 4);
  const events = portal.requests.filter(({ path }) => path === "/usage").flatMap(({ body }) => body.events);
  assert.deepEqual(
    events.map(({ device_seq, bundle_version }) => [device_seq, bundle_version]),
    [1, 2, 3, 4].map((seq) => [seq, 2]),
  );
});

test("logs are not sent before all usage is", async () => {
  const { portal, till } = await enrolled();
  await till.poll();
  await till.log("info", "started", "The till was started.");
  await sell(till);
  portal.answers["/usage"] = () => ({ status: 503, headers: { "Retry-After": "9" } });
  await till.upload();
  assert.equal(portal.requests.filter(({ path }) => path === "/logs").length, 0);
  delete portal.answers["/usage"];
  await till.upload();
  assert.deepEqual(portal.requests.map(({ path }) => path).slice(-2), ["/usage", "/logs"]);
});

test("what the server wants again is sent again, and does not hold the till in a loop", async () => {
  const { portal, till } = await enrolled();
  await till.poll();
  await sell(till);
  portal.answers["/usage"] = ({ events }) => ({ status: 200, body: JSON.stringify(acknowledged(events, "retry")) });
  assert.equal((await till.upload()).sent, 0);
  delete portal.answers["/usage"];
  assert.equal((await till.upload()).sent, 1);
});

test("a batch that is too large for the server is halved", async () => {
  const { portal, till } = await enrolled();
  await till.poll();
  for (let each = 0; each < 3; each++) await sell(till);
  portal.answers["/usage"] = ({ events }) =>
    events.length > 1 ? { status: 413 } : { status: 200, body: JSON.stringify(acknowledged(events)) };
  till.mostEvents = 4;
  assert.equal((await till.upload()).sent, 3);
});

test("a lease is spent by the till's own baskets, over a new start and after they were acknowledged", async () => {
  const { portal, around, till } = await enrolled();
  const limits = { total: 100, offline: "leased" };
  portal.publish(bundleOf([tenPercent("LEASED", { limits })], { golden: [] }), { version: 2 });
  const until = new Date(around.clock.now + HOUR).toISOString();
  portal.leases.leases = [{ promotion: "LEASED", count: 2, amount: null, until }];
  await till.poll();
  const discounts = [];
  for (let each = 0; each < 3; each++) discounts.push((await sell(till)).discount);
  assert.deepEqual(discounts, [100, 100, 0]);
  await till.upload();
  const again = await restarted(around);
  assert.equal((await sell(again)).discount, 0);
  portal.leases = { ...portal.leases, counted_through_seq: 4, leases: [{ ...portal.leases.leases[0], count: 1 }] };
  await again.poll();
  assert.deepEqual([(await sell(again)).discount, (await sell(again)).discount], [100, 0]);
});

test("a smaller lease is taken only once what was spent fits into it, and its ETag is not shown before", async () => {
  const { portal, around, till } = await enrolled();
  const limits = { total: 100, offline: "leased" };
  portal.publish(bundleOf([tenPercent("LEASED", { limits })], { golden: [] }), { version: 2 });
  const until = new Date(around.clock.now + HOUR).toISOString();
  portal.leases.leases = [{ promotion: "LEASED", count: 5, amount: null, until }];
  await till.poll();
  const before = till.leasesEtag;
  for (let each = 0; each < 3; each++) await sell(till);
  portal.leases = { ...portal.leases, leases: [{ promotion: "LEASED", count: 2, amount: null, until }] };
  await till.poll();
  assert.equal(till.leasesEtag, before);
  assert.deepEqual(
    [(await sell(till)).discount, (await sell(till)).discount, (await sell(till)).discount],
    [100, 100, 0],
  );
  await till.upload();
  portal.leases = { ...portal.leases, counted_through_seq: 6 };
  await till.poll();
  assert.notEqual(till.leasesEtag, before);
  assert.deepEqual(
    [(await sell(till)).discount, (await sell(till)).discount, (await sell(till)).discount],
    [100, 100, 0],
  );
});

test("leases that were overtaken on their way, or that nobody signed, replace none", async () => {
  const { portal, around, till } = await enrolled();
  const until = new Date(around.clock.now + HOUR).toISOString();
  const issued = (/** @type {number} */ minutes) => new Date(around.clock.now + minutes * 60_000).toISOString();
  portal.leases = { ...portal.leases, issued_at: issued(0), leases: [] };
  await till.poll();
  const before = till.leases;
  portal.leases = {
    ...portal.leases,
    issued_at: issued(-1),
    leases: [{ promotion: "P", count: 9, amount: null, until }],
  };
  await till.poll();
  assert.equal(till.leases, before);
  portal.answers["/leases"] = () => ({ status: 200, body: "{}", headers: { Signature: "AAAA" } });
  await till.poll();
  assert.deepEqual((await restarted(around)).leases, before);
});

test("leases that nobody signed are not used", async () => {
  const { portal, till } = await enrolled();
  const limits = { total: 100, offline: "leased" };
  portal.publish(bundleOf([tenPercent("LEASED", { limits })], { golden: [] }), { version: 2 });
  const until = new Date(Date.parse("2030-01-01")).toISOString();
  const forged = { ...portal.leases, leases: [{ promotion: "LEASED", count: 2, amount: null, until }] };
  portal.answers["/leases"] = () => ({ status: 200, body: JSON.stringify(forged), headers: { Signature: "AAAA" } });
  await till.poll();
  assert.deepEqual(till.open()?.leftOut, [{ promotion: "LEASED", reason: "no_lease" }]);
});

test("after the grace what is limited stops, and comes back with the server", async () => {
  const { portal, around, till } = await enrolled();
  portal.publish(bundleOf([tenPercent("OPEN", { limits: { total: 9 } }), tenPercent("PLAIN")]), { version: 2 });
  await till.poll();
  portal.isReachable = false;
  around.clock.now += 73 * HOUR;
  const alone = await restarted(around);
  assert.deepEqual(alone.open()?.leftOut, [{ promotion: "OPEN", reason: "grace_over" }]);
  portal.isReachable = true;
  await alone.poll();
  assert.deepEqual(alone.open()?.leftOut, []);
});
