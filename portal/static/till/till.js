/**
 * A till: keeps a bundle, prices with it without asking anybody, and reports what it sold.
 *
 * The device's own program calls `poll` and `upload` as often as they say, `open` for each basket, and shows what
 * `leftOut` names to the cashier. Nothing here waits or repeats by itself. Source: sync.md, sections 3, 4 and 6.
 */

import { ENGINE_VERSION } from "../engine/definition.js";
import { loadBundle } from "../engine/index.js";
import { isSigned, MOST_MANIFEST_BYTES } from "./examine.js";
import { follows, graceIsOver, holds, usable } from "./offline.js";
import { MOST_EVENTS, Outbox } from "./outbox.js";
import { secondsToWait } from "./polling.js";
import { Sale, usesOf } from "./sale.js";
import { Server } from "./server.js";
import { Shelf } from "./shelf.js";

/** @typedef {import("./outbox.js").Event} Event */
/** @typedef {import("./types.js").LeftOut} LeftOut */
/** @typedef {import("./types.js").PublicKey} PublicKey */
/** @typedef {import("./types.js").Refused} Refused */
/** @typedef {import("./types.js").Surroundings} Surroundings */

const ENROLMENT = "enrolment";
const CONTACT = "contact";
const LEASES = "leases";
const FIRST_POLL_S = 30;
const GRACE_H = 72;

/**
 * @typedef {{address: string, store: string, device_id: string, token: string, keys: PublicKey[]}} Enrolled
 * @typedef {{bytes: string, signature: string, etag: string | null}} KeptLeases
 * @typedef {{status: number, took: number | null, refused: Refused | null, waitS: number}} Polled
 */

/**
 * Turn the code that a person typed into what the till keeps. Throws with the server's words where it says no.
 * @param {Surroundings} surroundings
 * @param {string} address
 * @param {string} code
 * @returns {Promise<Enrolled>}
 */
export async function enroll(surroundings, address, code) {
  const server = new Server(surroundings, address, "");
  const reply = await server.post("/devices/enroll", JSON.stringify({ code }));
  const answer = server.json(reply.bytes);
  if (reply.status !== 200) throw new Error(answer ? answer.detail : "The portal does not answer.");
  const { store, device_id, token, keys } = answer;
  const enrolled = { address, store, device_id, token, keys };
  await surroundings.storage.write(ENROLMENT, surroundings.encode(JSON.stringify(enrolled)));
  return enrolled;
}

export class Till {
  /**
   * @param {Surroundings} surroundings
   * @param {Enrolled} enrolled
   */
  constructor(surroundings, enrolled) {
    this.surroundings = surroundings;
    this.enrolled = enrolled;
    this.server = new Server(surroundings, enrolled.address, enrolled.token);
    this.shelf = new Shelf(surroundings, { store: enrolled.store, keys: enrolled.keys });
    this.usage = new Outbox(surroundings, "usage", (event) => usesOf(event));
    this.logs = new Outbox(surroundings, "logs");
    /** @type {import("./types.js").Leases | null} */
    this.leases = null;
    /** @type {string | null} */
    this.leasesEtag = null;
    /** @type {number | null} */
    this.contactAt = null;
    this.online = false;
    this.failures = 0;
    this.mostEvents = MOST_EVENTS;
    this.lastRefusal = "";
    /** @type {{what: string} & ReturnType<typeof loadBundle>} */
    this.last = { what: "", errors: [] };
  }

  /**
   * The till of a storage that holds an enrolment; null before there is one.
   * @param {Surroundings} surroundings
   * @returns {Promise<Till | null>}
   */
  static async start(surroundings) {
    const { storage, decode } = surroundings;
    const kept = await storage.read(ENROLMENT);
    if (!kept) return null;
    const till = new Till(surroundings, JSON.parse(decode(kept)));
    await till.shelf.open();
    await till.usage.open();
    await till.logs.open();
    const contact = await storage.read(CONTACT);
    till.contactAt = contact ? Number(decode(contact)) : null;
    await till.readLeases();
    return till;
  }

  /** The version in use; 0 before the first. */
  get version() {
    return this.shelf.held ? this.shelf.held.manifest.version : 0;
  }

  /**
   * Ask for something newer, once; `waitS` says in how many seconds to ask again.
   * @returns {Promise<Polled>}
   */
  async poll() {
    const { held } = this.shelf;
    const reply = await this.server.get("/manifest", {
      ...(held ? { "If-None-Match": held.etag, "X-Bundle-Version": String(this.version) } : {}),
      "X-Engine": String(ENGINE_VERSION),
      "X-Outbox": String(this.usage.length + this.logs.length),
      "X-Till-Time": new Date(this.surroundings.now()).toISOString(),
    });
    /** @type {{status: number, refused: Refused | null}} */
    let done = { status: reply.status, refused: null };
    if (reply.status === 200) done = await this.take(reply);
    this.online = done.status === 200 || done.status === 304;
    this.failures = this.online ? 0 : this.failures + 1;
    if (this.online && !done.refused) await this.noteContact();
    if (this.online) await this.fetchLeases();
    const took = done.status === 200 && !done.refused ? this.version : null;
    return { ...done, took, waitS: this.wait(reply.retryAfterS) };
  }

  /** @param {number | null} retryAfterS */
  wait(retryAfterS) {
    const { held } = this.shelf;
    const pollAfterS = held ? held.manifest.poll_after_s : FIRST_POLL_S;
    return secondsToWait({ pollAfterS, failures: this.failures, retryAfterS, random: this.surroundings.random() });
  }

  /**
   * Fetch the bundle that a new manifest names, unless it is the one in use, and take it when every rule holds.
   * @param {import("./server.js").Reply} reply
   * @returns {Promise<{status: number, refused: Refused | null}>}
   */
  async take({ bytes: manifestBytes, signature, etag }) {
    const { held } = this.shelf;
    const named = manifestBytes.length <= MOST_MANIFEST_BYTES ? this.server.json(manifestBytes) : null;
    const sha256 = named && /^[0-9a-f]{64}$/.test(named.sha256) ? named.sha256 : null;
    /** @type {Uint8Array} */
    let bundleBytes = new Uint8Array(0);
    if (held && held.manifest.sha256 === sha256) ({ bundleBytes } = held);
    else if (sha256) {
      const reply = await this.server.get(`/bundle/${sha256}`);
      if (reply.status !== 200) return { status: reply.status, refused: null };
      bundleBytes = reply.bytes;
    }
    const examined = await this.shelf.take({ manifestBytes, signature, bundleBytes, etag: etag || "" });
    if (examined.ok) return { status: 200, refused: null };
    await this.reportRefusal(examined);
    return { status: 200, refused: examined };
  }

  /**
   * A line in the log; a refusal that repeats with every poll is told once.
   * @param {Refused} refused
   */
  async reportRefusal(refused) {
    const words = `${refused.refused}: ${refused.message}`;
    if (words === this.lastRefusal) return;
    this.lastRefusal = words;
    await this.log("error", "bundle_refused", words, { rule: refused.refused });
  }

  async noteContact() {
    const { storage, encode, now } = this.surroundings;
    this.contactAt = now();
    await storage.write(CONTACT, encode(String(this.contactAt)));
  }

  /**
   * Fetch the leases. Until new ones are taken the till keeps the old ones and their ETag: it is by that ETag that the
   * server knows which promise the till holds, and takes back no other.
   */
  async fetchLeases() {
    const { storage, encode, decode } = this.surroundings;
    /** @type {Record<string, string>} */
    const headers = this.leasesEtag ? { "If-None-Match": this.leasesEtag } : {};
    const { status, bytes, signature, etag } = await this.server.get("/leases", headers);
    if (status !== 200) return;
    const kept = { bytes: decode(bytes), signature, etag };
    const leases = await this.checkedLeases(kept);
    if (!leases || !follows(leases, this.leases) || !holds(leases, this.leases, this.usage.uses)) return;
    await storage.write(LEASES, encode(JSON.stringify(kept)));
    await this.useLeases(leases, etag);
  }

  /** The leases that were kept, when the till starts. */
  async readLeases() {
    const { storage, decode } = this.surroundings;
    const text = await storage.read(LEASES);
    if (!text) return;
    /** @type {KeptLeases} */
    const kept = JSON.parse(decode(text));
    const leases = await this.checkedLeases(kept);
    if (leases) await this.useLeases(leases, kept.etag);
  }

  /**
   * The document of leases where its signature fits and it is this store's; on a till's disk nobody may grant them
   * either.
   * @param {KeptLeases} kept
   * @returns {Promise<import("./types.js").Leases | null>}
   */
  async checkedLeases({ bytes, signature }) {
    const { encode, crypto } = this.surroundings;
    const document = this.server.json(encode(bytes));
    const { keys, store } = this.shelf.trusted;
    const isOurs = document && document.store === store;
    return isOurs && (await isSigned(encode(bytes), signature, keys, document.key_id, crypto)) ? document : null;
  }

  /**
   * @param {import("./types.js").Leases} leases
   * @param {string | null} etag
   */
  async useLeases(leases, etag) {
    this.leases = leases;
    this.leasesEtag = etag;
    await this.usage.forgetUses(leases.counted_through_seq);
  }

  /**
   * A basket begins: it keeps the bundle of this moment until it is closed. Null before there is any bundle: the till
   * then sells at the prices as rung up.
   * @returns {Sale | null}
   */
  open() {
    const { held } = this.shelf;
    if (!held) return null;
    const now = this.surroundings.now();
    const isOver = graceIsOver(this.contactAt, held.manifest.offline_grace_h || GRACE_H, now);
    const situation = { online: this.online, graceIsOver: isOver, leases: this.leases, ownUses: this.usage.uses, now };
    const { bundle, leftOut } = usable(held.bundle, situation);
    return new Sale(held.manifest.version, leftOut, this.loaded(bundle, leftOut));
  }

  /**
   * The calculator of what may be used, read anew only when that is something else than for the last basket.
   * @param {import("./types.js").Bundle} bundle
   * @param {LeftOut[]} leftOut
   */
  loaded(bundle, leftOut) {
    const remaining = bundle.promotions.filter((each) => each.remaining).map((each) => [each.code, each.remaining]);
    const { held } = this.shelf;
    const what = JSON.stringify([held && held.manifest.sha256, leftOut, remaining]);
    if (what !== this.last.what) this.last = { what, ...loadBundle(bundle) };
    return this.last;
  }

  /**
   * Keep the fact of a closed sale; it is on the disk when this resolves.
   * @param {Record<string, any>} fields kind, at, basket, result, bundle_version and so on
   * @returns {Promise<Event>}
   */
  close(fields) {
    return this.usage.add(fields);
  }

  /**
   * @param {"debug" | "info" | "warning" | "error"} level
   * @param {string} kind
   * @param {string} message
   * @param {Record<string, unknown>} detail
   */
  log(level, kind, message, detail = {}) {
    const at = new Date(this.surroundings.now()).toISOString();
    return this.logs.add({ level, kind, at, message, detail });
  }

  /**
   * Send what waits: all usage, then logs. Stops at the first failure; what was not acknowledged stays.
   * @returns {Promise<{sent: number, status: number, waitS: number}>}
   */
  async upload() {
    let sent = 0;
    for (const outbox of [this.usage, this.logs]) {
      while (outbox.length) {
        const { status, dropped, retryAfterS } = await this.send(outbox);
        sent += dropped;
        if (status === 413 && this.mostEvents > 1) this.mostEvents = Math.ceil(this.mostEvents / 2);
        else if (!dropped) {
          if (status !== 200) this.failures += 1;
          return { sent, status, waitS: this.wait(retryAfterS) };
        }
      }
    }
    this.mostEvents = MOST_EVENTS;
    return { sent, status: 200, waitS: this.wait(null) };
  }

  /** @param {Outbox} outbox */
  async send(outbox) {
    const { events, body } = outbox.batch(this.mostEvents);
    const reply = await this.server.post(`/${outbox.name}`, body);
    const answer = reply.status === 200 ? this.server.json(reply.bytes) : null;
    const dropped = answer ? await outbox.settle(events, answer.outcomes) : 0;
    return { status: reply.status, dropped, retryAfterS: reply.retryAfterS };
  }
}
