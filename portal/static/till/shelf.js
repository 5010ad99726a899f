/**
 * The bundles that a till keeps: the one in use, the one before, and the highest version that it ever took.
 *
 * A bundle's bytes are written under their hash first; then one small file, replaced at once, says which are in use. A
 * power cut between the two leaves the till with what it had. Source: sync.md, section 3.
 */

import { examine } from "./examine.js";

/** @typedef {import("./types.js").Accepted} Accepted */
/** @typedef {import("./types.js").PublicKey} PublicKey */
/** @typedef {import("./types.js").Surroundings} Surroundings */

const STATE = "shelf";
const CONTENT = "bundle-";

/**
 * @typedef {{version: number, sha256: string, manifest: string, signature: string, etag: string}} Kept
 * @typedef {object} State
 * @property {number} highest
 * @property {string | null} highestSha256
 * @property {Kept | null} current
 * @property {Kept | null} before
 * @property {PublicKey[]} keys learned from bundles that were taken, beside those of the enrolment
 * @typedef {Accepted & {etag: string, bundleBytes: Uint8Array}} Held
 */

export class Shelf {
  /**
   * @param {Surroundings} surroundings
   * @param {{store: string, keys: PublicKey[]}} own
   */
  constructor(surroundings, own) {
    this.surroundings = surroundings;
    this.own = own;
    /** @type {State} */
    this.state = { highest: 0, highestSha256: null, current: null, before: null, keys: [] };
    /** @type {Held | null} What is in use. */
    this.held = null;
  }

  /** Where the till stands and whom it trusts. */
  get trusted() {
    return { store: this.own.store, keys: this.own.keys.concat(this.state.keys) };
  }

  /** Read what was kept; where the bundle in use is damaged, take the one before. */
  async open() {
    const { storage, decode } = this.surroundings;
    const bytes = await storage.read(STATE);
    if (bytes) this.state = JSON.parse(decode(bytes));
    this.held = (await this.read(this.state.current)) || (await this.read(this.state.before));
  }

  /**
   * @param {Kept | null} kept
   * @returns {Promise<Held | null>}
   */
  async read(kept) {
    const { storage, encode } = this.surroundings;
    const bundleBytes = kept && (await storage.read(CONTENT + kept.sha256));
    if (!kept || !bundleBytes) return null;
    const manifestBytes = encode(kept.manifest);
    // It was in time when it was taken: a till that is offline for long sells on with it.
    const received = { manifestBytes, signature: kept.signature, bundleBytes, ...this.trusted, now: -Infinity };
    const examined = await examine({ ...received, highestVersion: 0, heldSha256: null }, this.surroundings);
    return examined.ok ? { ...examined, etag: kept.etag, bundleBytes } : null;
  }

  /**
   * Examine what came, and use it from now on when every rule holds.
   * @param {{manifestBytes: Uint8Array, signature: string, bundleBytes: Uint8Array, etag: string}} came
   * @returns {Promise<Accepted | import("./types.js").Refused>}
   */
  async take({ manifestBytes, signature, bundleBytes, etag }) {
    const { highest: highestVersion, highestSha256: heldSha256 } = this.state;
    const now = this.surroundings.now();
    const received = { manifestBytes, signature, bundleBytes, ...this.trusted, highestVersion, heldSha256, now };
    const examined = await examine(received, this.surroundings);
    if (!examined.ok) return examined;
    const { version, sha256 } = examined.manifest;
    const current = { version, sha256, manifest: this.surroundings.decode(manifestBytes), signature, etag };
    await this.switchTo(current, bundleBytes, examined.bundle.voucher_keys || []);
    this.held = { ...examined, etag, bundleBytes };
    return examined;
  }

  /**
   * @param {Kept} current
   * @param {Uint8Array} bundleBytes
   * @param {PublicKey[]} keys
   */
  async switchTo(current, bundleBytes, keys) {
    const { storage, encode } = this.surroundings;
    const last = this.state.current;
    const isAnother = last !== null && last.sha256 !== current.sha256;
    const before = isAnother ? last : this.state.before;
    const state = { highest: current.version, highestSha256: current.sha256, current, before, keys };
    // What is in use is whole; of anything else the bytes on the disk may be damaged.
    if (!this.held || this.held.manifest.sha256 !== current.sha256)
      await storage.write(CONTENT + current.sha256, bundleBytes);
    await storage.write(STATE, encode(JSON.stringify(state)));
    this.state = state;
    const wanted = [current, before].map((kept) => kept && CONTENT + kept.sha256);
    for (const name of await storage.list(CONTENT)) {
      if (!wanted.includes(name)) await storage.remove(name);
    }
  }
}
