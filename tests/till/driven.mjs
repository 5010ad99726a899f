// A till with its files in a folder, told what to do: a line of JSON in, a line of JSON out. Called by
// tests/till/test_against_portal.py with the folder's path.
import { randomFillSync, webcrypto } from "node:crypto";
import { createInterface } from "node:readline";
import { files } from "../../portal/static/till/files.mjs";
import { enroll, Till } from "../../portal/static/till/index.js";

let isReachable = true;
/** @type {((path: string, bytes: Uint8Array) => Uint8Array) | null} */
let tamper = null;
const surroundings = {
  crypto: /** @type {any} */ (webcrypto.subtle),
  fetch: async (/** @type {string} */ address, /** @type {any} */ options) => {
    if (!isReachable) throw new Error("no network");
    const answer = await fetch(address, options);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const { pathname } = new URL(address);
    const changed = tamper ? tamper(pathname, bytes) : bytes;
    return { status: answer.status, headers: answer.headers, arrayBuffer: async () => changed.slice().buffer };
  },
  now: () => Date.now(),
  random: Math.random,
  randomBytes: (/** @type {Uint8Array} */ bytes) => randomFillSync(bytes),
  encode: (/** @type {string} */ text) => new TextEncoder().encode(text),
  decode: (/** @type {Uint8Array} */ bytes) => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
  storage: await files(process.argv[2]),
};
/** @type {any} */
let till = await Till.start(surroundings);

/** @type {Record<string, (given: any) => any>} */
const STEPS = {
  enroll: async ({ address, code }) => {
    const { store, keys } = await enroll(surroundings, address, code);
    till = await Till.start(surroundings);
    return { store, keys: keys.length };
  },
  poll: async () => ({ ...(await till.poll()), version: till.version }),
  network: ({ isThere }) => {
    isReachable = isThere;
    return {};
  },
  tamper: ({ path }) => {
    tamper = path
      ? (at, bytes) => {
          if (!at.includes(path)) return bytes;
          const other = bytes.slice();
          other[other.length - 2] ^= 1;
          return other;
        }
      : null;
    return {};
  },
  sell: async ({ basket }) => {
    const sale = till.open();
    const result = sale.price(basket);
    const at = new Date().toISOString();
    const about = { kind: "sale", at, bundle_version: sale.version, customer: null, vouchers: [] };
    const event = await till.close({ ...about, basket, result });
    return { event, result, leftOut: sale.leftOut };
  },
  waiting: () => ({ body: till.usage.batch().body, length: till.usage.length }),
  upload: () => till.upload(),
};

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const { step, ...given } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await STEPS[step](given))}\n`);
}
