/** The portal as a till sees it: one function for each route, answers as values; a failure is an answer too. */

import { retryAfter } from "./polling.js";

/** @typedef {import("./types.js").PublicKey} PublicKey */
/** @typedef {import("./types.js").Surroundings} Surroundings */

const PREFIX = "/api/sync/v1";

/**
 * @typedef {object} Reply
 * @property {number} status 0 where nobody answered
 * @property {Uint8Array} bytes
 * @property {string | null} etag
 * @property {string} signature
 * @property {number | null} retryAfterS
 */

export class Server {
  /**
   * @param {Surroundings} surroundings
   * @param {string} address of the portal, without a slash at its end
   * @param {string} token
   */
  constructor(surroundings, address, token) {
    this.surroundings = surroundings;
    this.address = address;
    this.token = token;
  }

  /**
   * @param {string} path
   * @param {Record<string, string>} headers
   * @returns {Promise<Reply>}
   */
  get(path, headers = {}) {
    return this.ask("GET", path, headers);
  }

  /**
   * @param {string} path
   * @param {string} body JSON
   * @returns {Promise<Reply>}
   */
  post(path, body) {
    return this.ask("POST", path, { "Content-Type": "application/json" }, body);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Record<string, string>} more
   * @param {string} [body]
   * @returns {Promise<Reply>}
   */
  async ask(method, path, more, body) {
    const { fetch, now } = this.surroundings;
    const headers = this.token ? { Authorization: `Bearer ${this.token}`, ...more } : more;
    try {
      const answer = await fetch(this.address + PREFIX + path, { method, headers, body });
      const bytes = new Uint8Array(await answer.arrayBuffer());
      return {
        status: answer.status,
        bytes,
        etag: answer.headers.get("ETag"),
        signature: answer.headers.get("Signature") || "",
        retryAfterS: retryAfter(answer.headers.get("Retry-After"), now()),
      };
    } catch {
      // No network, a name that can't be found, a connection that broke: for a till they are one thing.
      return { status: 0, bytes: new Uint8Array(0), etag: null, signature: "", retryAfterS: null };
    }
  }

  /**
   * A JSON body as a value; null where it is none.
   * @param {Uint8Array} bytes
   * @returns {any}
   */
  json(bytes) {
    try {
      return JSON.parse(this.surroundings.decode(bytes));
    } catch {
      return null;
    }
  }
}
