/**
 * Which promotions apply together: conflicts, the combinations that are tried, and the best of them.
 *
 * Combinations are walked as one tree in the order of application: what two of them begin with is computed once.
 * Source: contract, section 5.
 */

import { missingAtItsTurn } from "./conditions.js";
import { sum } from "./exact.js";
import { apply, Outcome } from "./outcome.js";
import { CALCULATIONS } from "./rewards.js";
import { ITEM, PHASES, REWARD } from "./rules.js";

/** @typedef {import("./exact.js").Whole} Whole */
/** @typedef {import("./promotion.js").Promotion} Promotion */
/** @typedef {import("./runs.js").Runs} Runs */
/** @typedef {import("./selectors.js").Matches} Matches */

export const MOST_COMBINATIONS = 64;

/** A promotion that, alone on the basket, gives something; what it gives is computed when it is asked for. */
export class Candidate {
  /**
   * @param {Promotion} promotion
   * @param {Matches} matches
   * @param {Outcome | null} alone
   */
  constructor(promotion, matches, alone = null) {
    this.promotion = promotion;
    this.matches = matches;
    this.knownAlone = alone;
  }

  /** What it gives alone on the basket. */
  get alone() {
    if (!this.knownAlone) this.knownAlone = turnOf(this.promotion, this.matches, this.matches.rungUp);
    return this.knownAlone;
  }

  /**
   * What it gives at these prices: as alone where none of the lines `touched` so far (bits) is read by it.
   * @param {Runs[]} runs
   * @param {number[]} touched
   * @returns {Outcome}
   */
  outcomeAt(runs, touched) {
    if (!this.matches.meet(this.promotion.reads, touched)) return this.alone;
    return turnOf(this.promotion, this.matches, runs);
  }
}

/**
 * Candidates in the order of application: by phase, then rank.
 * @param {Candidate[]} candidates by rank
 * @returns {Candidate[]}
 */
function inOrderOfTurns(candidates) {
  /** @type {Candidate[]} */
  const ordered = [];
  for (const phase of PHASES) {
    for (const candidate of candidates) if (candidate.promotion.phase === phase) ordered.push(candidate);
  }
  return ordered;
}

/**
 * True when two promotions can't both apply: one is exclusive, or both are in the same group.
 * @param {Promotion} one
 * @param {Promotion} other
 */
export function conflict(one, other) {
  if (one.mode === "exclusive" || other.mode === "exclusive") return true;
  return one.mode === "group" && other.mode === "group" && one.group === other.group;
}

/**
 * What a promotion gives at its turn.
 * @param {Promotion} promotion
 * @param {Matches} matches
 * @param {Runs[]} runs
 * @returns {Outcome}
 */
export function turnOf(promotion, matches, runs) {
  if (promotion.measuresRemaining && runs !== matches.rungUp) {
    const unmet = missingAtItsTurn(promotion, matches, runs);
    if (unmet) {
      const outcome = new Outcome(promotion);
      outcome.unmet = unmet;
      return outcome;
    }
  }
  return CALCULATIONS[promotion.kind](promotion, matches, runs);
}

/**
 * Walk the candidates by rank and take each that conflicts with none already taken.
 * @param {Candidate[]} candidates by rank
 * @returns {Candidate[]}
 */
export function resolveByPriority(candidates) {
  /** @type {Candidate[]} */
  const taken = [];
  for (const candidate of candidates) {
    if (!taken.some((other) => conflict(candidate.promotion, other.promotion))) taken.push(candidate);
  }
  return taken;
}

/**
 * The stackable candidates that combinations are tried with and without.
 *
 * Either a bundle could claim a unit that another item-phase candidate discounts or claims; or one could discount a
 * unit that a later candidate sees, which reads a spend on remaining prices.
 * @param {Candidate[]} candidates
 * @param {Matches} matches
 * @returns {Set<Promotion>}
 */
export function contested(candidates, matches) {
  /** @type {Set<Promotion>} */
  const found = new Set();
  const stackable = candidates.map(({ promotion }) => promotion).filter(({ mode }) => mode === "stackable");
  const bundles = stackable.filter(({ bundle }) => bundle);
  if (bundles.length) {
    const twice = linesOfTwo(candidates, matches);
    for (const bundle of bundles) {
      if (matches.meet(bundle.discounts, twice)) found.add(bundle);
    }
  }
  for (const { promotion: reader } of candidates) {
    if (!reader.measuresRemaining) continue;
    const seen = matches.bits(reader.seen);
    for (const promotion of stackable) {
      const before = promotion.phase - reader.phase || promotion.rank - reader.rank;
      if (promotion.phase !== REWARD && before < 0 && matches.meet(promotion.discounts, seen)) found.add(promotion);
    }
  }
  return found;
}

/**
 * The lines, as bits, that two item-phase candidates or more discount or claim.
 * @param {Candidate[]} candidates
 * @param {Matches} matches
 */
function linesOfTwo(candidates, matches) {
  const once = matches.noBits();
  const twice = matches.noBits();
  for (const { promotion } of candidates) {
    if (promotion.phase !== ITEM) continue;
    const own = matches.bitsOfAny(promotion.discounts);
    for (let word = 0; word < own.length; word++) {
      twice[word] |= once[word] & own[word];
      once[word] |= own[word];
    }
  }
  return twice;
}

/** What was tried and gave the most: members of the winning set and their outcomes in order of application. */
export class Choice {
  /**
   * @param {Candidate[]} members
   * @param {Outcome[]} outcomes
   * @param {boolean} exclusive
   */
  constructor(members, outcomes, exclusive) {
    this.members = members;
    this.outcomes = outcomes;
    this.exclusive = exclusive;
    /** @type {Whole} */
    this.worth = 0;
    for (const outcome of outcomes) this.worth = sum(this.worth, outcome.worth);
  }

  /**
   * The greater benefit; then a combination before an exclusive, more members, the smallest list of ranks.
   * @param {Choice | null} other
   */
  beats(other) {
    if (!other || this.worth > other.worth) return true;
    if (this.worth < other.worth) return false;
    if (this.exclusive !== other.exclusive) return other.exclusive;
    if (this.members.length !== other.members.length) return this.members.length > other.members.length;
    return isSmaller(this.ranks(), other.ranks());
  }

  ranks() {
    return this.members.map(({ promotion }) => promotion.rank).sort((one, other) => one - other);
  }
}

/**
 * True when a list of numbers comes before another of the same length.
 * @param {number[]} one
 * @param {number[]} other
 */
function isSmaller(one, other) {
  for (let place = 0; place < one.length; place++) {
    if (one[place] !== other[place]) return one[place] < other[place];
  }
  return false;
}

/**
 * The combination or exclusive with the greatest benefit.
 * @param {Candidate[]} candidates by rank
 * @param {Matches} matches
 * @returns {Choice}
 */
export function resolveBest(candidates, matches) {
  const others = candidates.filter(({ promotion }) => promotion.mode !== "exclusive");
  let best = others.length ? new Search(others, candidates, matches).best() : null;
  for (const candidate of candidates) {
    if (candidate.promotion.mode !== "exclusive") continue;
    const choice = new Choice([candidate], [candidate.alone], true);
    if (choice.beats(best)) best = choice;
  }
  return best || new Choice([], [], false);
}

/**
 * The outcomes of some candidates together, in order of application.
 * @param {Candidate[]} members by rank
 * @param {Matches} matches
 * @returns {Choice}
 */
export function applyAll(members, matches) {
  const path = new Path(matches);
  for (const member of inOrderOfTurns(members)) {
    path.add(member, member.outcomeAt(path.runs, path.touched));
  }
  return new Choice(members, path.outcomes, false);
}

/** Candidates that are applied one after the other, and what has become of the basket so far. */
class Path {
  /** @param {Matches} matches */
  constructor(matches) {
    this.runs = matches.rungUp.slice();
    this.touched = matches.noBits();
    /** @type {Candidate[]} */
    this.members = [];
    /** @type {Outcome[]} */
    this.outcomes = [];
    /** @type {Set<string | undefined>} The groups that have their member. */
    this.groups = new Set();
  }

  /** Another path that begins with the same steps. */
  fork() {
    const path = /** @type {Path} */ (Object.create(Path.prototype));
    path.runs = this.runs.slice();
    path.touched = this.touched.slice();
    path.members = this.members.slice();
    path.outcomes = this.outcomes.slice();
    path.groups = new Set(this.groups);
    return path;
  }

  /**
   * @param {Candidate} member
   * @param {Outcome} outcome
   */
  add(member, outcome) {
    this.members.push(member);
    this.outcomes.push(outcome);
    apply(outcome, this.runs, this.touched);
  }
}

/** All combinations of stackable and grouped candidates, walked depth first in order of application. */
class Search {
  /**
   * @param {Candidate[]} others all but the exclusives
   * @param {Candidate[]} candidates
   * @param {Matches} matches
   */
  constructor(others, candidates, matches) {
    this.matches = matches;
    this.optional = contested(candidates, matches);
    let groups = byGroup(others);
    let combinations = 2 ** this.optional.size;
    for (const members of groups) combinations *= members.length;
    if (combinations > MOST_COMBINATIONS) {
      this.optional.clear();
      groups = groups.map((members) => [greatestAlone(members)]);
    }
    const tried = new Set(groups.flat());
    this.order = inOrderOfTurns(others.filter((each) => each.promotion.mode === "stackable" || tried.has(each)));
    /** @type {Map<string | undefined, Candidate>} */
    this.lastOfGroup = new Map();
    for (const each of this.order) {
      if (each.promotion.mode === "group") this.lastOfGroup.set(each.promotion.group, each);
    }
    /** @type {Choice | null} */
    this.winner = null;
  }

  best() {
    this.walk(0, new Path(this.matches));
    return this.winner;
  }

  /**
   * Go on with a path from a candidate on; where one may be left out, both ways are walked.
   * @param {number} position
   * @param {Path} path
   */
  walk(position, path) {
    while (position < this.order.length) {
      const candidate = this.order[position++];
      const { promotion } = candidate;
      if (promotion.mode === "group") {
        if (path.groups.has(promotion.group)) continue;
        if (this.lastOfGroup.get(promotion.group) !== candidate) this.walk(position, path.fork());
        path.groups.add(promotion.group);
      }
      const outcome = candidate.outcomeAt(path.runs, path.touched);
      // Without effect, leaving it out changes nothing, and of equal benefits more members win.
      if (this.optional.has(promotion) && (outcome.worth || outcome.changes)) {
        this.walk(position, path.fork());
      }
      path.add(candidate, outcome);
    }
    if (!path.members.length) return;
    const choice = new Choice(path.members, path.outcomes, false);
    if (choice.beats(this.winner)) this.winner = choice;
  }
}

/**
 * The members of each group.
 * @param {Candidate[]} candidates
 * @returns {Candidate[][]}
 */
function byGroup(candidates) {
  /** @type {Map<string | undefined, Candidate[]>} */
  const groups = new Map();
  for (const each of candidates) {
    const { mode, group } = each.promotion;
    if (mode !== "group") continue;
    const members = groups.get(group);
    if (members) members.push(each);
    else groups.set(group, [each]);
  }
  return [...groups.values()];
}

/**
 * @param {Candidate[]} members by rank
 * @returns {Candidate}
 */
function greatestAlone(members) {
  return members.reduce((best, each) => (each.alone.worth > best.alone.worth ? each : best));
}
