// What waits to be reported: numbered without gaps, kept until it is acknowledged, never numbered twice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memory, Outbox, uuid7 } from "../../portal/static/till/index.js";
import { acknowledged, NOW, surroundings } from "./making.mjs";

/** @param {any} around @param {any} [usesOf] */
async function opened(around, usesOf) {
  const outbox = new Outbox(around, "usage", usesOf);
  await outbox.open();
  return outbox;
}

/** @param {Outbox} outbox @param {number} count */
async function filled(outbox, count) {
  return Promise.all(Array.from({ length: count }, (_, number) => outbox.add({ number })));
}

test("event ids are UUIDs of version 7 that sort by time", () => {
  const ids = [NOW, NOW + 1, NOW + 2 ** 40].map((now) => uuid7(now, surroundings().randomBytes));
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual([...ids].sort(), ids);
  assert.equal(Number.parseInt(ids[0].replace("-", "").slice(0, 12), 16), NOW);
  assert.equal(new Set(Array.from({ length: 1000 }, () => uuid7(NOW, surroundings().randomBytes))).size, 1000);
});

test("numbers go from 1 without gaps, also when many are written at once and after a new start", async () => {
  const around = surroundings();
  const events = await filled(await opened(around), 20);
  const more = await filled(await opened(around), 2);
  assert.deepEqual(
    [...events, ...more].map(({ device_seq }) => device_seq),
    Array.from({ length: 22 }, (_, at) => at + 1),
  );
});

test("a number is not given again when its event was acknowledged before a new start", async () => {
  const around = surroundings();
  const outbox = await opened(around);
  const events = await filled(outbox, 3);
  await outbox.settle(events, acknowledged(events).outcomes);
  const [next] = await filled(await opened(around), 1);
  assert.equal(next.device_seq, 4);
});

test("a disk that is full uses up no number and says so", async () => {
  const kept = memory();
  let isFull = false;
  const write = (/** @type {string} */ name, /** @type {Uint8Array} */ bytes) =>
    isFull ? Promise.reject(new Error("ENOSPC")) : kept.write(name, bytes);
  const outbox = await opened(surroundings({ storage: { ...kept, write } }));
  await outbox.add({ number: 1 });
  isFull = true;
  await assert.rejects(outbox.add({ number: 2 }), /ENOSPC/);
  isFull = false;
  const { device_seq } = await outbox.add({ number: 3 });
  assert.deepEqual([device_seq, outbox.length], [2, 2]);
});

test("batches hold the oldest events, at most 500", async () => {
  const outbox = await opened(surroundings());
  await filled(outbox, 501);
  const { events, body } = outbox.batch();
  assert.deepEqual([events.length, events[0].device_seq, events[499].device_seq], [500, 1, 500]);
  assert.deepEqual(JSON.parse(body), { events });
});

test("a batch stays below what the server takes; one event goes whatever its size", async () => {
  const outbox = await opened(surroundings());
  for (let each = 0; each < 3; each++) await outbox.add({ text: "x".repeat(3_000_000) });
  assert.equal(outbox.batch().events.length, 1);
});

test("only what was acknowledged is dropped", async () => {
  const around = surroundings();
  const outbox = await opened(around);
  const events = await filled(outbox, 6);
  const said = ["accepted", "duplicate", "conflict", "quarantined", "retry", "unheard_of"];
  const outcomes = events.map(({ event_id }, at) => ({ event_id, outcome: said[at] }));
  assert.equal(await outbox.settle(events, outcomes), 4);
  assert.deepEqual((await opened(around)).batch().events, events.slice(4));
});

test("an answer for another event, or a short one, drops nothing that it does not name", async () => {
  const outbox = await opened(surroundings());
  const events = await filled(outbox, 3);
  await outbox.settle(events, [{ event_id: events[1].event_id, outcome: "accepted" }]);
  assert.equal(outbox.length, 3);
  await outbox.settle(events, [{ event_id: null, outcome: "quarantined" }]);
  assert.equal(outbox.length, 2);
});

test("the same event is sent in the same words every time, over a new start too", async () => {
  const around = surroundings();
  const outbox = await opened(around);
  await filled(outbox, 3);
  const { body } = outbox.batch();
  assert.equal((await opened(around)).batch().body, body);
});

test("own uses are known until the leases count them, acknowledged or not", async () => {
  const around = surroundings();
  const usesOf = (/** @type {any} */ { device_seq }) => [{ seq: device_seq, promotion: "P", count: 1, amount: 5 }];
  const outbox = await opened(around, usesOf);
  const events = await filled(outbox, 4);
  await outbox.settle(events.slice(0, 2), acknowledged(events.slice(0, 2)).outcomes);
  const seqs = (/** @type {Outbox} */ given) => given.uses.map(({ seq }) => seq);
  assert.deepEqual(seqs(await opened(around, usesOf)), [1, 2, 3, 4]);
  await outbox.forgetUses(1);
  assert.deepEqual(seqs(await opened(around, usesOf)), [2, 3, 4]);
});
