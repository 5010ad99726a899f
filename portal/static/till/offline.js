/**
 * Which promotions a till may use now, and how much of those that are leased: what it may not use is left out before
 * pricing, and named for the cashier. Source: sync.md, sections 3 and 6.
 */

/** @typedef {import("../engine/types.js").CompiledPromotion} CompiledPromotion */
/** @typedef {import("./types.js").Bundle} Bundle */
/** @typedef {import("./types.js").LeftOut} LeftOut */
/** @typedef {import("./types.js").Leases} Leases */
/** @typedef {import("./types.js").OwnUse} OwnUse */

const COUNTED = ["total", "per_store", "per_day", "per_customer", "budget"];
const HOUR_MS = 3_600_000;

/**
 * @typedef {object} Situation
 * @property {boolean} online the last attempt to reach the server succeeded
 * @property {boolean} graceIsOver
 * @property {Leases | null} leases the last that were received
 * @property {OwnUse[]} ownUses of baskets closed at this till, at least those that the leases do not count
 * @property {number} now milliseconds since 1970
 */

/**
 * True when the till was alone for longer than it may be; a clock that was set back does not make the time longer.
 * @param {number | null} contactAt when the server last answered, milliseconds since 1970
 * @param {number} graceHours
 * @param {number} now
 * @returns {boolean}
 */
export function graceIsOver(contactAt, graceHours, now) {
  return contactAt === null || now - contactAt > graceHours * HOUR_MS || now < contactAt - HOUR_MS;
}

/**
 * The bundle to price with, and what was left out of it.
 * @param {Bundle} bundle
 * @param {Situation} situation
 * @returns {{bundle: Bundle, leftOut: LeftOut[]}}
 */
export function usable(bundle, situation) {
  /** @type {LeftOut[]} */
  const leftOut = [];
  /** @type {CompiledPromotion[]} */
  const promotions = [];
  for (const promotion of bundle.promotions) {
    const reason = reasonAgainst(promotion, situation);
    if (reason) leftOut.push({ promotion: promotion.code, reason });
    else promotions.push(isLeased(promotion) ? withRemaining(promotion, situation) : promotion);
  }
  return { bundle: { ...bundle, promotions }, leftOut };
}

/**
 * @param {CompiledPromotion} promotion
 * @param {Situation} situation
 * @returns {LeftOut["reason"] | null}
 */
function reasonAgainst(promotion, situation) {
  const { limits = {}, trigger = {} } = promotion;
  if (limits.offline === "online_only" && !situation.online) return "needs_server";
  const isBound = COUNTED.some((name) => limits[name] !== undefined) || trigger.kind === "voucher";
  if (situation.graceIsOver && isBound) return "grace_over";
  if (isLeased(promotion) && !leaseOf(promotion, situation)) return "no_lease";
  return null;
}

/** @param {CompiledPromotion} promotion */
function isLeased({ limits = {} }) {
  return limits.offline === "leased";
}

/**
 * The lease that is still good, if any.
 * @param {CompiledPromotion} promotion
 * @param {Situation} situation
 */
function leaseOf({ code }, { leases, now }) {
  const lease = leases ? leases.leases.find(({ promotion }) => promotion === code) : undefined;
  return lease && Date.parse(lease.until) > now ? lease : null;
}

/**
 * True when leases are not older than those that the till has: an answer that was overtaken on its way is passed over.
 * @param {Leases} leases
 * @param {Leases | null} before
 */
export function follows(leases, before) {
  return !before || !before.issued_at || !(Date.parse(leases.issued_at || "") < Date.parse(before.issued_at));
}

/**
 * True when what the till spent of the leases that it has, and leases do not count yet, fits into them. Taking a
 * smaller promise than what was spent would tell the server that the rest is free: the till reports first.
 * @param {Leases} leases
 * @param {Leases | null} before
 * @param {OwnUse[]} ownUses
 */
export function holds(leases, before, ownUses) {
  return (before ? before.leases : []).every(({ promotion: code }) => {
    const { count, amount } = spent(code, leases, ownUses);
    const lease = leases.leases.find(({ promotion }) => promotion === code) || { count: 0, amount: 0 };
    const fits = typeof lease.count !== "number" || count <= lease.count;
    return fits && (typeof lease.amount !== "number" || amount <= lease.amount);
  });
}

/**
 * What the till's own baskets used of a promotion beyond those that the leases count.
 * @param {string} code
 * @param {Leases} leases
 * @param {OwnUse[]} ownUses
 */
function spent(code, leases, ownUses) {
  const uses = ownUses.filter(({ promotion, seq }) => promotion === code && seq > leases.counted_through_seq);
  return {
    count: uses.reduce((sum, use) => sum + use.count, 0),
    amount: uses.reduce((sum, use) => sum + use.amount, 0),
  };
}

/**
 * The promotion with what its lease leaves after the till's own baskets that the server had not counted.
 * @param {CompiledPromotion} promotion
 * @param {Situation} situation
 * @returns {CompiledPromotion}
 */
function withRemaining(promotion, situation) {
  const lease = leaseOf(promotion, situation);
  const { leases, ownUses } = situation;
  if (!lease || !leases) return promotion;
  const { count, amount } = spent(promotion.code, leases, ownUses);
  /** @type {Record<string, number>} */
  const remaining = {};
  if (typeof lease.count === "number") remaining.total = Math.max(0, lease.count - count);
  if (typeof lease.amount === "number") remaining.budget = Math.max(0, lease.amount - amount);
  return { ...promotion, remaining };
}
