// What the till's tests are made of: signed bundles, surroundings with a clock that stands, a server of a few routes.
import { createHash, generateKeyPairSync, randomFillSync, sign, webcrypto } from "node:crypto";
import { loadBundle } from "../../portal/static/engine/index.js";
import { memory } from "../../portal/static/till/index.js";

export const NOW = Date.parse("2026-11-25T12:00:00Z");
export const STORE = "S1";
const HOUR = 3_600_000;

/** A pair of Ed25519 keys under its id. */
export function newKey() {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const id = createHash("sha256").update(raw).digest("hex").slice(0, 16);
  return { id, key: raw.toString("base64"), privateKey };
}

export const KEY = newKey();
export const KEYS = [{ id: KEY.id, key: KEY.key }];

/** @param {string} code @param {Record<string, any>} [more] */
export function tenPercent(code, more = {}) {
  return { code, type: "percent_discount", rule: { basis_points: 1000 }, revision: 1, ...more };
}

export const BASKET = {
  currency: "USD",
  at: "2026-11-25T12:00:00Z",
  lines: [{ id: "1", sku: "LATTE", unit_price: 1000, quantity: 1 }],
};

/**
 * A bundle with a golden basket that is priced right.
 * @param {any[]} promotions
 * @param {Record<string, any>} [more]
 */
export function bundleOf(promotions, more = {}) {
  const bundle = { engine: 1, promotions };
  const expected = loadBundle(bundle).calculator?.calculatePromotions(BASKET);
  return { ...bundle, golden: [{ name: "plain", basket: BASKET, result: expected }], ...more };
}

/**
 * A manifest for `bundleBytes`, and its signature.
 * @param {Uint8Array} bundleBytes
 * @param {Record<string, any>} [more] what it says instead
 * @param {any} [key]
 */
export function manifestOf(bundleBytes, more = {}, key = KEY) {
  const manifest = {
    store: STORE,
    version: 5,
    sha256: createHash("sha256").update(bundleBytes).digest("hex"),
    length: bundleBytes.length,
    min_engine: 1,
    key_id: key.id,
    issued_at: new Date(NOW - HOUR).toISOString(),
    expires_at: new Date(NOW + 23 * HOUR).toISOString(),
    poll_after_s: 30,
    offline_grace_h: 72,
    ...more,
  };
  const manifestBytes = new TextEncoder().encode(JSON.stringify(manifest));
  return { manifestBytes, signature: sign(null, manifestBytes, key.privateKey).toString("base64") };
}

/**
 * All that a till receives with a bundle.
 * @param {any} bundle
 * @param {Record<string, any>} [manifest]
 */
export function received(bundle, manifest = {}) {
  const bundleBytes = new TextEncoder().encode(JSON.stringify(bundle));
  return { bundleBytes, ...manifestOf(bundleBytes, manifest) };
}

/** Surroundings with a clock that stands at `NOW`, and a storage in memory. */
export function surroundings(more = {}) {
  const clock = { now: NOW };
  return {
    crypto: /** @type {any} */ (webcrypto.subtle),
    fetch: async () => {
      throw new Error("no network");
    },
    clock,
    now: () => clock.now,
    random: () => 0.5,
    randomBytes: (/** @type {Uint8Array} */ bytes) => randomFillSync(bytes),
    encode: (/** @type {string} */ text) => new TextEncoder().encode(text),
    decode: (/** @type {Uint8Array} */ bytes) => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    storage: memory(),
    ...more,
  };
}

/**
 * A portal of one store: what it publishes, and the requests that it got. `answer` may stand in for a route.
 */
export class Portal {
  constructor() {
    /** @type {{path: string, headers: Record<string, string>, body: any}[]} */
    this.requests = [];
    /** @type {Record<string, (body: any) => {status: number, body?: any, headers?: Record<string, string>}>} */
    this.answers = {};
    this.isReachable = true;
    /** @type {import("../../portal/static/till/types.js").Leases & Record<string, any>} */
    this.leases = { store: STORE, key_id: KEY.id, counted_through_seq: 0, leases: [] };
    this.publish(bundleOf([]), { version: 1 });
  }

  /** @param {any} bundle @param {Record<string, any>} [manifest] */
  publish(bundle, manifest = {}) {
    this.published = received(bundle, manifest);
    this.etag = `"${createHash("sha256").update(this.published.manifestBytes).digest("hex")}"`;
  }

  /** What a till's surroundings call. */
  get fetch() {
    return async (/** @type {string} */ address, /** @type {any} */ { headers, body }) => {
      if (!this.isReachable) throw new Error("no network");
      const path = new URL(address).pathname.replace("/api/sync/v1", "");
      const read = body ? JSON.parse(body) : null;
      this.requests.push({ path, headers, body: read });
      const answer = this.answerTo(path, headers, read);
      const bytes = typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body || new Uint8Array(0);
      return { status: answer.status, headers: new Headers(answer.headers), arrayBuffer: async () => bytes };
    };
  }

  /** @param {string} path @param {Record<string, string>} headers @param {any} body @returns {any} */
  answerTo(path, headers, body) {
    const { published } = this;
    if (!published) throw new Error("nothing is published");
    if (this.answers[path]) return this.answers[path](body);
    if (path === "/manifest") {
      if (headers["If-None-Match"] === this.etag) return { status: 304 };
      return {
        status: 200,
        body: published.manifestBytes,
        headers: { ETag: this.etag || "", Signature: published.signature },
      };
    }
    if (path.startsWith("/bundle/")) return { status: 200, body: published.bundleBytes };
    if (path === "/leases") {
      const signed = Buffer.from(JSON.stringify(this.leases));
      const etag = `"${createHash("sha256").update(signed).digest("hex")}"`;
      if (headers["If-None-Match"] === etag) return { status: 304 };
      const signature = sign(null, signed, KEY.privateKey).toString("base64");
      return { status: 200, body: signed, headers: { ETag: etag, Signature: signature } };
    }
    return { status: 200, body: JSON.stringify(acknowledged(body.events)) };
  }
}

/** @param {any[]} events @param {string} [outcome] */
export function acknowledged(events, outcome = "accepted") {
  const outcomes = events.map(({ event_id, device_seq }) => ({ event_id, device_seq, outcome, flags: [] }));
  return { outcomes, ack_through_seq: 0, missing: [] };
}
