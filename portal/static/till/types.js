/**
 * What the till's modules hand to each other, for type checkers. Keys of documents are the contract's (sync.md).
 *
 * Nothing here reads a clock, rolls dice or opens a connection by itself: the surroundings come in as arguments, so
 * that a test can bring its own and a web view, a tablet or Node theirs.
 *
 * @typedef {object} Manifest
 * @property {string} store
 * @property {number} version
 * @property {string} sha256 of the bundle's bytes, in hexadecimal digits
 * @property {number} length of the bundle (bytes)
 * @property {number} min_engine
 * @property {string} key_id
 * @property {string} issued_at
 * @property {string} expires_at
 * @property {number} poll_after_s
 * @property {number} offline_grace_h
 *
 * @typedef {{id: string, key: string}} PublicKey `key` is the raw key of 32 bytes in base64
 *
 * @typedef {object} Bundle
 * @property {number} engine
 * @property {string} [currency]
 * @property {Record<string, any>} [settings]
 * @property {import("../engine/types.js").CompiledPromotion[]} promotions
 * @property {{name?: string, basket: unknown, result: unknown}[]} [golden]
 * @property {PublicKey[]} [voucher_keys] the server's keys when this was published: newer ones are learned from here
 *
 * @typedef {"length" | "sha256" | "signature" | "store" | "version" | "expired" | "schema" | "engine" | "golden"} Rule
 * @typedef {import("../engine/index.js").Calculator} Calculator
 * @typedef {{ok: true, manifest: Manifest, bundle: Bundle, calculator: Calculator}} Accepted
 * @typedef {{ok: false, refused: Rule, message: string}} Refused
 *
 * @typedef {object} Crypto the part of WebCrypto that a till needs
 * @property {(algorithm: string, bytes: Uint8Array) => Promise<ArrayBuffer>} digest
 * @property {(format: any, bytes: Uint8Array, algorithm: any, kept: boolean, uses: any) => Promise<any>} importKey
 * @property {(algorithm: any, key: any, signature: Uint8Array, bytes: Uint8Array) => Promise<boolean>} verify
 *
 * @typedef {object} Answer the part of a fetch answer that a till reads
 * @property {number} status
 * @property {{get: (name: string) => string | null}} headers
 * @property {() => Promise<ArrayBuffer>} arrayBuffer
 *
 * @typedef {object} Surroundings
 * @property {Crypto} crypto
 * @property {(address: string, options: any) => Promise<Answer>} fetch
 * @property {() => number} now milliseconds since 1970
 * @property {() => number} random from 0 to below 1
 * @property {(bytes: Uint8Array) => Uint8Array} randomBytes fills `bytes`
 * @property {(text: string) => Uint8Array} encode as UTF-8
 * @property {(bytes: Uint8Array) => string} decode from UTF-8; throws where the bytes are none
 * @property {Storage} storage
 *
 * @typedef {object} Storage names are letters, digits and dashes
 * @property {(name: string) => Promise<Uint8Array | null>} read
 * @property {(name: string, bytes: Uint8Array) => Promise<void>} write written aside and put in place at once: after
 *   a power cut the old or the new bytes are there; rejects where they could not be kept
 * @property {(name: string) => Promise<void>} remove
 * @property {(prefix: string) => Promise<string[]>} list in any order
 *
 * @typedef {object} Lease what this till may still spend of a leased promotion, when the server wrote it
 * @property {string} promotion
 * @property {number | null} [count] baskets
 * @property {number | null} [amount] money (minor units)
 * @property {string} until
 *
 * @typedef {{counted_through_seq: number, issued_at?: string, leases: Lease[]}} Leases
 * @typedef {{seq: number, promotion: string, count: number, amount: number}} OwnUse of one basket closed at this till
 * @typedef {{promotion: string, reason: "needs_server" | "grace_over" | "no_lease"}} LeftOut
 */

export {};
