// Writing aside and switching: a till always has a whole bundle, and its version never falls.
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { files } from "../../portal/static/till/files.mjs";
import { memory, Shelf } from "../../portal/static/till/index.js";
import { bundleOf, KEYS, manifestOf, newKey, received, STORE, surroundings, tenPercent } from "./making.mjs";

const OWN = { store: STORE, keys: KEYS };

/** @param {number} version */
function came(version) {
  return { ...received(bundleOf([tenPercent(`V${version}`)]), { version }), etag: `"${version}"` };
}

/** @param {any} around */
async function opened(around) {
  const shelf = new Shelf(around, OWN);
  await shelf.open();
  return shelf;
}

/** @param {Shelf} shelf */
const versionOf = (shelf) => (shelf.held ? shelf.held.manifest.version : 0);

test("what was taken is there after a new start, and the one before is kept beside it", async () => {
  const around = surroundings();
  const shelf = await opened(around);
  for (const version of [1, 2, 3]) assert.ok((await shelf.take(came(version))).ok);
  assert.equal(versionOf(await opened(around)), 3);
  assert.equal((await around.storage.list("bundle-")).length, 2);
  assert.equal(shelf.state.before?.version, 2);
});

test("a bundle in use that is damaged on the disk gives way to the one before", async () => {
  const around = surroundings();
  const shelf = await opened(around);
  for (const version of [1, 2]) await shelf.take(came(version));
  await around.storage.write(`bundle-${shelf.state.current?.sha256}`, new Uint8Array([1]));
  const after = await opened(around);
  assert.equal(versionOf(after), 1);
  assert.equal((await after.take(came(1))).ok, false, "its version does not fall for that");
  assert.ok((await after.take(came(2))).ok);
  assert.equal(versionOf(await opened(around)), 2);
});

test("a power cut at any write leaves the old bundle or the new one, never half of one", async () => {
  for (let writes = 0; writes < 3; writes++) {
    const kept = memory();
    const before = await opened(surroundings({ storage: kept }));
    await before.take(came(1));
    let left = writes;
    const write = async (/** @type {string} */ name, /** @type {Uint8Array} */ bytes) => {
      if (left-- === 0) throw new Error("the power is gone");
      await kept.write(name, bytes);
    };
    const cut = await opened(surroundings({ storage: { ...kept, write } }));
    await cut.take(came(2)).catch(() => undefined);
    const after = await opened(surroundings({ storage: kept }));
    assert.equal(versionOf(after), writes < 2 ? 1 : 2);
    assert.equal(versionOf(cut), versionOf(after), "what runs is what would be read");
  }
});

test("the highest version is remembered over a new start", async () => {
  const around = surroundings();
  await (await opened(around)).take(came(7));
  const answer = await (await opened(around)).take(came(6));
  assert.equal(!answer.ok && answer.refused, "version");
});

test("a bundle that was exchanged on the disk, with a manifest of a stranger, is not used", async () => {
  const around = surroundings();
  await (await opened(around)).take(came(1));
  const state = JSON.parse(around.decode(/** @type {any} */ (await around.storage.read("shelf"))));
  state.current.manifest = state.current.manifest.replace('"version":1', '"version":9');
  await around.storage.write("shelf", around.encode(JSON.stringify(state)));
  assert.equal(versionOf(await opened(around)), 0);
});

test("after weeks without a network the till still opens what it took in time", async () => {
  const around = surroundings();
  await (await opened(around)).take(came(1));
  around.clock.now += 60 * 24 * 3_600_000;
  assert.equal(versionOf(await opened(around)), 1);
});

test("files: what is written is read back by a new start, and a file written half is none", async () => {
  const folder = await mkdtemp(join(tmpdir(), "till-"));
  const around = surroundings({ storage: await files(folder) });
  await (await opened(around)).take(came(1));
  await writeFile(join(folder, "shelf.aside"), "{half");
  assert.equal(versionOf(await opened(surroundings({ storage: await files(folder) }))), 1);
  assert.deepEqual((await around.storage.list("shelf")).sort(), ["shelf"]);
  assert.equal((await readdir(folder)).filter((name) => name.startsWith("bundle-")).length, 1);
  await rm(folder, { recursive: true });
});

test("a new key of the server is learned from a bundle that a known key signed, and remembered", async () => {
  const around = surroundings();
  const next = newKey();
  const voucher_keys = [...KEYS, { id: next.id, key: next.key }];
  const bundle = bundleOf([tenPercent("TEN")], { voucher_keys });
  const { bundleBytes } = received(bundle);
  const byNext = { bundleBytes, ...manifestOf(bundleBytes, { version: 2 }, next), etag: "2" };
  const shelf = await opened(around);
  assert.equal((await shelf.take(byNext)).ok, false, "nobody it knows told the till of it");
  assert.ok((await shelf.take({ ...received(bundle, { version: 1 }), etag: "1" })).ok);
  assert.ok((await shelf.take(byNext)).ok);
  assert.equal(versionOf(await opened(around)), 2);
});
