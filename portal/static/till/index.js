/**
 * The reference till: everything that a till does with the portal, without a screen.
 *
 *     await enroll(surroundings, address, code);      // once, with the code that a person was given
 *     const till = await Till.start(surroundings);    // null before that
 *     const { waitS } = await till.poll();            // and again after waitS seconds
 *     const sale = till.open();                       // for each basket
 *     const result = sale.price(basket);
 *     const told = { customer: null, vouchers: [], basket, result };
 *     await till.close({ kind: "sale", at, bundle_version: sale.version, ...told });
 *     await till.upload();
 */

export { examine } from "./examine.js";
export { memory } from "./memory.js";
export { graceIsOver, usable } from "./offline.js";
export { Outbox } from "./outbox.js";
export { retryAfter, secondsToWait } from "./polling.js";
export { Sale } from "./sale.js";
export { Shelf } from "./shelf.js";
export { enroll, Till } from "./till.js";
export { uuid7 } from "./uuid.js";
