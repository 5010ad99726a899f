/**
 * Whether a till may use what it was sent: the rules of sync.md, section 3, in that order. The first that fails
 * refuses.
 *
 * A refused bundle changes nothing: the till sells on with the one that it has, and reports the rule and the message.
 */

import { ENGINE_VERSION } from "../engine/definition.js";
import { loadBundle, toJson } from "../engine/index.js";
import { fromBase64, hexOf } from "./bytes.js";

/** @typedef {import("./types.js").Accepted} Accepted */
/** @typedef {import("./types.js").Bundle} Bundle */
/** @typedef {import("./types.js").Manifest} Manifest */
/** @typedef {import("./types.js").PublicKey} PublicKey */
/** @typedef {import("./types.js").Refused} Refused */
/** @typedef {import("./types.js").Rule} Rule */
/** @typedef {import("./types.js").Surroundings} Surroundings */

export const MOST_MANIFEST_BYTES = 1024;
const MOST_BUNDLE_BYTES = 64 * 1024 * 1024;
const IS_A_NUMBER = ["version", "length", "min_engine", "poll_after_s", "offline_grace_h"];
const IS_A_TEXT = ["store", "sha256", "key_id", "issued_at", "expires_at"];

/** Why something is refused; never leaves this module. */
class Refusal extends Error {
  /**
   * @param {Rule} rule
   * @param {string} message
   */
  constructor(rule, message) {
    super(message);
    this.rule = rule;
  }
}

/**
 * @typedef {object} Received
 * @property {Uint8Array} manifestBytes exactly as they came
 * @property {string} signature of the header `Signature`: 64 bytes in base64
 * @property {Uint8Array} bundleBytes after the transport's compression was undone
 * @property {PublicKey[]} keys the server's, from enrolment
 * @property {string} store the code of the till's own store
 * @property {number} highestVersion the highest that this till ever took, 0 before the first
 * @property {string | null} heldSha256 of the bundle of that version
 * @property {number} now milliseconds since 1970, by the till's own clock
 */

/**
 * Apply every rule to what was received.
 * @param {Received} received
 * @param {Pick<Surroundings, "crypto" | "decode">} surroundings
 * @returns {Promise<Accepted | Refused>}
 */
export async function examine(received, { crypto, decode }) {
  try {
    const manifest = readManifest(received, decode);
    checkLength(received, manifest);
    await checkHash(received, manifest, crypto);
    await checkSignature(received, manifest, crypto);
    checkStore(received, manifest);
    checkVersion(received, manifest);
    checkTime(received, manifest);
    const { bundle, calculator } = readBundle(received, manifest, decode);
    checkGolden(bundle, calculator);
    return { ok: true, manifest, bundle, calculator };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ok: false, refused: error.rule, message: error.message };
  }
}

/**
 * The manifest: at most 1 kB before it is read at all, with fields of the right kinds.
 * @param {Received} received
 * @param {Surroundings["decode"]} decode
 * @returns {Manifest}
 */
function readManifest({ manifestBytes }, decode) {
  if (manifestBytes.length > MOST_MANIFEST_BYTES) {
    throw new Refusal(
      "length",
      `the manifest has ${manifestBytes.length} bytes; at most ${MOST_MANIFEST_BYTES} are read`,
    );
  }
  const manifest = parsed(manifestBytes, decode, "length", "the manifest");
  const wrong = [
    ...IS_A_NUMBER.filter((key) => !Number.isSafeInteger(manifest[key]) || manifest[key] < 0),
    ...IS_A_TEXT.filter((key) => typeof manifest[key] !== "string"),
  ];
  if (wrong.length) throw new Refusal("length", `the manifest lacks ${wrong.join(", ")}, or they are of another kind`);
  return manifest;
}

/**
 * @param {Received} received
 * @param {Manifest} manifest
 */
function checkLength({ bundleBytes }, { length }) {
  if (bundleBytes.length !== length || length > MOST_BUNDLE_BYTES) {
    throw new Refusal("length", `the bundle has ${bundleBytes.length} bytes, its manifest says ${length}`);
  }
}

/**
 * @param {Received} received
 * @param {Manifest} manifest
 * @param {import("./types.js").Crypto} crypto
 */
async function checkHash({ bundleBytes }, { sha256 }, crypto) {
  const found = hexOf(new Uint8Array(await crypto.digest("SHA-256", bundleBytes)));
  if (found !== sha256) throw new Refusal("sha256", `the bundle's SHA-256 is ${found}, its manifest says ${sha256}`);
}

/**
 * @param {Received} received
 * @param {Manifest} manifest
 * @param {import("./types.js").Crypto} crypto
 */
async function checkSignature({ manifestBytes, signature, keys }, { key_id }, crypto) {
  if (!(await isSigned(manifestBytes, signature, keys, key_id, crypto))) {
    throw new Refusal("signature", `the manifest's signature does not fit the key ${key_id} that this till knows`);
  }
}

/**
 * True when `signature` is one of the key `keyId` among `keys` over exactly `bytes`.
 * @param {Uint8Array} bytes
 * @param {string} signature in base64
 * @param {PublicKey[]} keys
 * @param {string} keyId
 * @param {import("./types.js").Crypto} crypto
 * @returns {Promise<boolean>}
 */
export async function isSigned(bytes, signature, keys, keyId, crypto) {
  const key = keys.find(({ id }) => id === keyId);
  const [raw, signed] = [fromBase64(key ? key.key : ""), fromBase64(signature)];
  if (!raw || raw.length !== 32 || !signed || signed.length !== 64) return false;
  const imported = await crypto.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
  return crypto.verify({ name: "Ed25519" }, imported, signed, bytes);
}

/**
 * @param {Received} received
 * @param {Manifest} manifest
 */
function checkStore({ store: own }, { store }) {
  if (store !== own) throw new Refusal("store", `the manifest is that of store ${store}; this till stands in ${own}`);
}

/**
 * @param {Received} received
 * @param {Manifest} manifest
 */
function checkVersion({ highestVersion, heldSha256 }, { version, sha256 }) {
  if (version < highestVersion) {
    throw new Refusal("version", `version ${version} is older than ${highestVersion}, which this till has seen`);
  }
  if (version === highestVersion && heldSha256 !== null && sha256 !== heldSha256) {
    throw new Refusal("version", `version ${version} came with ${sha256}; this till took it with ${heldSha256}`);
  }
}

/**
 * @param {Received} received
 * @param {Manifest} manifest
 */
function checkTime({ now }, { expires_at }) {
  if (!(Date.parse(expires_at) > now)) {
    const clock = new Date(now).toISOString();
    throw new Refusal("expired", `the manifest was good until ${expires_at}; this till's clock says ${clock}`);
  }
}

/**
 * The bundle and its calculator: of an engine that this one can stand for, without any problem.
 * @param {Received} received
 * @param {Manifest} manifest
 * @param {Surroundings["decode"]} decode
 * @returns {{bundle: Bundle, calculator: import("../engine/index.js").Calculator}}
 */
function readBundle({ bundleBytes }, { min_engine }, decode) {
  if (min_engine > ENGINE_VERSION) {
    throw new Refusal("engine", `the bundle needs engine ${min_engine}, this till has ${ENGINE_VERSION}`);
  }
  const bundle = parsed(bundleBytes, decode, "schema", "the bundle");
  if (typeof bundle.engine === "number" && bundle.engine > ENGINE_VERSION) {
    throw new Refusal("engine", `the bundle is for engine ${bundle.engine}, this till has ${ENGINE_VERSION}`);
  }
  const { calculator, errors } = loadBundle(bundle);
  if (!calculator) {
    throw new Refusal(
      "schema",
      errors
        .map(({ field, message }) => `${field} ${message}`)
        .slice(0, 5)
        .join("; "),
    );
  }
  return { bundle, calculator };
}

/**
 * @param {Bundle} bundle
 * @param {import("../engine/index.js").Calculator} calculator
 */
function checkGolden({ golden }, calculator) {
  const baskets = golden === undefined || golden === null ? [] : golden;
  if (!Array.isArray(baskets)) throw new Refusal("schema", "golden must be a list of baskets with expected results");
  baskets.forEach((entry, position) => {
    const { name = position, basket, result: expected } = entry || {};
    const result = calculator.calculatePromotions(basket);
    if (canonical(result) !== canonical(expected)) {
      throw new Refusal("golden", `golden ${name} is priced otherwise here: ${toJson(result).slice(0, 300)}`);
    }
  });
}

/**
 * @param {Uint8Array} bytes
 * @param {Surroundings["decode"]} decode
 * @param {Rule} rule
 * @param {string} what
 * @returns {any}
 */
function parsed(bytes, decode, rule, what) {
  let value = null;
  try {
    value = JSON.parse(decode(bytes));
  } catch {
    // The message below says it.
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refusal(rule, `${what} is no JSON object in UTF-8`);
  }
  return value;
}

/**
 * JSON text with the keys of objects in one order: equal values, equal texts.
 * @param {any} value
 * @returns {string}
 */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return toJson(value === undefined ? null : value);
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  return `{${keys
    .sort(byText)
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`)
    .join(",")}}`;
}

/**
 * @param {string} one
 * @param {string} other
 */
function byText(one, other) {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
