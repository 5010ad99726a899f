// One test for each rule of sync.md, section 3: the name of the test begins with the rule's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { examine } from "../../portal/static/till/index.js";
import { bundleOf, KEYS, manifestOf, NOW, newKey, received, STORE, surroundings, tenPercent } from "./making.mjs";

const BUNDLE = bundleOf([tenPercent("TEN")]);

/** @param {Record<string, any>} came */
function examined(came) {
  const till = { keys: KEYS, store: STORE, highestVersion: 0, heldSha256: null, now: NOW };
  return examine(/** @type {any} */ ({ ...till, ...came }), surroundings());
}

/** @param {Record<string, any>} came @param {string} rule @param {RegExp} words */
async function refuses(came, rule, words) {
  const answer = await examined(came);
  assert.equal(answer.ok, false);
  assert.deepEqual(
    [!answer.ok && answer.refused, !answer.ok && words.test(answer.message)],
    [rule, true],
    JSON.stringify(answer),
  );
}

test("fine: what keeps every rule is taken, with a calculator that prices", async () => {
  const answer = await examined(received(BUNDLE));
  assert.ok(answer.ok);
  const result = /** @type {any} */ (answer.calculator.calculatePromotions(BUNDLE.golden[0].basket));
  assert.deepEqual([answer.manifest.version, result.discount], [5, 100]);
});

test("length: a bundle that is longer or shorter than its manifest says is not parsed", async () => {
  const came = received(BUNDLE);
  const cut = came.bundleBytes.subarray(0, came.bundleBytes.length - 1);
  await refuses({ ...came, bundleBytes: cut }, "length", /has \d+ bytes, its manifest says \d+/);
});

test("length: a manifest of more than one kilobyte is not parsed", async () => {
  await refuses(received(BUNDLE, { note: "x".repeat(1024) }), "length", /at most 1024 are read/);
});

test("length: a manifest that is none", async () => {
  await refuses({ ...received(BUNDLE), manifestBytes: new Uint8Array([123, 255, 125]) }, "length", /no JSON object/);
  await refuses(received(BUNDLE, { length: "12" }), "length", /lacks length/);
});

test("sha256: other bytes of the same length", async () => {
  const came = received(BUNDLE);
  const bundleBytes = came.bundleBytes.slice();
  bundleBytes[bundleBytes.length - 3] ^= 1;
  await refuses({ ...came, bundleBytes }, "sha256", /SHA-256 is [0-9a-f]{64}/);
});

test("signature: of a key that this till does not know", async () => {
  const { bundleBytes } = received(BUNDLE);
  await refuses({ bundleBytes, ...manifestOf(bundleBytes, {}, newKey()) }, "signature", /does not fit the key/);
});

test("signature: of other bytes, by a stranger under a known key's id, cut, or none at all", async () => {
  const came = received(BUNDLE);
  const stranger = { ...newKey(), id: KEYS[0].id };
  for (const signature of [
    received(BUNDLE, { version: 6 }).signature,
    manifestOf(came.bundleBytes, {}, stranger).signature,
    came.signature.slice(0, 40),
    "",
  ]) {
    await refuses({ ...came, signature }, "signature", /does not fit the key/);
  }
});

test("store: a manifest of another store, rightly signed", async () => {
  await refuses(received(BUNDLE, { store: "S2" }), "store", /store S2; this till stands in S1/);
});

test("version: lower than the highest seen", async () => {
  await refuses({ ...received(BUNDLE), highestVersion: 6 }, "version", /version 5 is older than 6/);
});

test("version: the highest seen, with another content", async () => {
  const heldSha256 = "0".repeat(64);
  await refuses({ ...received(BUNDLE), highestVersion: 5, heldSha256 }, "version", /this till took it with 000/);
});

test("fine: the version that is held with the same content, signed anew", async () => {
  const first = await examined(received(BUNDLE));
  assert.ok(first.ok);
  const anew = received(BUNDLE, { issued_at: new Date(NOW).toISOString() });
  assert.ok((await examined({ ...anew, highestVersion: 5, heldSha256: first.manifest.sha256 })).ok);
});

test("expired: a manifest whose time is over, or says no time", async () => {
  const gone = new Date(NOW).toISOString();
  await refuses(received(BUNDLE, { expires_at: gone }), "expired", /good until .*; this till's clock says/);
  await refuses(received(BUNDLE, { expires_at: "soon" }), "expired", /good until soon/);
});

test("engine: a manifest that needs a newer one", async () => {
  await refuses(received(BUNDLE, { min_engine: 2 }), "engine", /needs engine 2, this till has 1/);
});

test("engine: a bundle for a newer one", async () => {
  await refuses(received({ ...BUNDLE, engine: 2 }), "engine", /for engine 2, this till has 1/);
});

test("schema: a bundle that the engine can't read", async () => {
  await refuses(received({ ...BUNDLE, promotions: [{ code: "TEN" }] }), "schema", /promotions\[0\]/);
  await refuses(received([BUNDLE]), "schema", /no JSON object/);
});

test("golden: a basket that this engine prices otherwise, by a penny or by a word", async () => {
  const [{ basket, result: expected }] = BUNDLE.golden;
  const penny = { ...expected, total: /** @type {any} */ (expected).total - 1 };
  await refuses(received({ ...BUNDLE, golden: [{ basket, result: penny }] }), "golden", /golden 0 is priced otherwise/);
  const more = { ...expected, tip: 1 };
  await refuses(received({ ...BUNDLE, golden: [BUNDLE.golden[0], { basket, result: more }] }), "golden", /golden 1 /);
});

test("fine: the keys of an expected result may stand in any order", async () => {
  const [{ basket, result: expected }] = BUNDLE.golden;
  const turned = Object.fromEntries(Object.entries(/** @type {any} */ (expected)).reverse());
  assert.ok((await examined(received({ ...BUNDLE, golden: [{ basket, result: turned }] }))).ok);
});

test("order: of several rules that fail the first is named", async () => {
  const wrong = { store: "S2", version: 1, expires_at: "2020-01-01T00:00:00Z", min_engine: 9 };
  const broken = { engine: 1, promotions: [{}], golden: [{ basket: {}, result: 1 }] };
  const mended = [
    [{ length: 1, sha256: "f".repeat(64), ...wrong }, "length"],
    [{ sha256: "f".repeat(64), ...wrong }, "sha256"],
    [wrong, "signature"],
    [wrong, "store"],
    [{ ...wrong, store: STORE }, "version"],
    [{ ...wrong, store: STORE, version: 9 }, "expired"],
    [{ min_engine: 9 }, "engine"],
    [{}, "schema"],
  ];
  for (const [manifest, rule] of mended) {
    const came = received(broken, { version: 9, .../** @type {any} */ (manifest) });
    const signature = rule === "length" || rule === "sha256" || rule === "signature" ? "" : came.signature;
    await refuses({ ...came, signature, highestVersion: 5 }, /** @type {string} */ (rule), /./);
  }
});
