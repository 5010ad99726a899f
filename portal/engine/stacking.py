"""Which promotions apply together: conflicts, the combinations that are tried, and the best of them.

Combinations are walked as one tree in the order of application: what two of them begin with is computed once.
Source: contract, section 5.
"""

from __future__ import annotations

from collections.abc import Sequence

from portal.engine.basket import Runs
from portal.engine.conditions import missing_at_its_turn
from portal.engine.outcome import Outcome, apply
from portal.engine.promotion import Promotion
from portal.engine.rewards import CALCULATIONS
from portal.engine.rules import ITEM, REWARD
from portal.engine.selectors import Matches

MOST_COMBINATIONS = 64


class Candidate:
    """A promotion that, alone on the basket, gives something; what it gives is computed when it is asked for."""

    __slots__ = ("_alone", "matches", "promotion")

    def __init__(self, promotion: Promotion, matches: Matches, alone: Outcome | None = None) -> None:
        self.promotion = promotion
        self.matches = matches
        self._alone = alone

    @property
    def alone(self) -> Outcome:
        if self._alone is None:
            self._alone = turn_of(self.promotion, self.matches, self.matches.rung_up)
        return self._alone

    @property
    def turn(self) -> tuple[int, int]:
        """When it is applied: by phase, then rank."""
        return self.promotion.phase, self.promotion.rank

    def outcome_at(self, runs: list[Runs], touched: int) -> Outcome:
        """What it gives at these prices: as alone where none of the lines `touched` so far (bits) is read by it."""
        if not touched:
            return self.alone
        if self._alone is not None and not self.matches.mask(self.promotion.reads) & touched:
            return self._alone
        return turn_of(self.promotion, self.matches, runs)


def conflict(one: Promotion, other: Promotion) -> bool:
    """True when two promotions can't both apply: one is exclusive, or both are in the same group."""
    if "exclusive" in (one.mode, other.mode):
        return True
    return one.mode == other.mode == "group" and one.group == other.group


def turn_of(promotion: Promotion, matches: Matches, runs: list[Runs]) -> Outcome:
    """What a promotion gives at its turn."""
    if promotion.measures_remaining and runs is not matches.rung_up:
        unmet = missing_at_its_turn(promotion, matches, runs)
        if unmet:
            outcome = Outcome(promotion)
            outcome.unmet = unmet
            return outcome
    return CALCULATIONS[promotion.kind](promotion, matches, runs)


def resolve_by_priority(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Walk the candidates by rank and take each that conflicts with none already taken."""
    taken: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda each: each.promotion.rank):
        if not any(conflict(candidate.promotion, other.promotion) for other in taken):
            taken.append(candidate)
    return taken


def contested(candidates: Sequence[Candidate], matches: Matches) -> set[str]:
    """The codes of the stackable candidates that combinations are tried with and without.

    Either a bundle could claim a unit that another item-phase candidate discounts or claims; or one could discount a
    unit that a later candidate sees, which reads a spend on remaining prices.
    """
    found: set[str] = set()
    stackable = [each.promotion for each in candidates if each.promotion.mode == "stackable"]
    bundles = [promotion for promotion in stackable if promotion.bundle]
    if bundles:
        once = twice = 0
        for candidate in candidates:
            if candidate.promotion.phase == ITEM:
                own = matches.mask(candidate.promotion.discounts)
                twice |= once & own
                once |= own
        found.update(promotion.code for promotion in bundles if matches.mask(promotion.discounts) & twice)
    for reader in candidates:
        if reader.promotion.measures_remaining:
            seen = matches.mask((reader.promotion.seen,))
            found.update(
                promotion.code
                for promotion in stackable
                if promotion.phase != REWARD
                and (promotion.phase, promotion.rank) < reader.turn
                and matches.mask(promotion.discounts) & seen
            )
    return found


class Choice:
    """What was tried and gave the most: members of the winning set and their outcomes in order of application."""

    __slots__ = ("exclusive", "members", "outcomes", "ranks", "worth")

    def __init__(self, members: list[Candidate], outcomes: list[Outcome], exclusive: bool) -> None:
        self.members = members
        self.outcomes = outcomes
        self.exclusive = exclusive
        self.worth = sum(outcome.worth for outcome in outcomes)
        self.ranks = sorted(member.promotion.rank for member in members)

    def beats(self, other: Choice | None) -> bool:
        """The greater benefit; then a combination before an exclusive, more members, the smallest list of ranks."""
        return other is None or self._order() < other._order()

    def _order(self) -> tuple[int, bool, int, list[int]]:
        return -self.worth, self.exclusive, -len(self.ranks), self.ranks


def resolve_best(candidates: Sequence[Candidate], matches: Matches) -> Choice:
    """The combination or exclusive with the greatest benefit."""
    exclusives = [each for each in candidates if each.promotion.mode == "exclusive"]
    others = [each for each in candidates if each.promotion.mode != "exclusive"]
    best = _Search(others, candidates, matches).best() if others else None
    for candidate in exclusives:
        choice = Choice([candidate], [candidate.alone], True)
        if choice.beats(best):
            best = choice
    return best or Choice([], [], False)


def apply_all(members: Sequence[Candidate], matches: Matches) -> Choice:
    """The outcomes of some candidates together, in order of application."""
    runs, outcomes, touched = matches.rung_up, [], 0
    for member in sorted(members, key=lambda each: each.turn):
        outcome = member.outcome_at(runs, touched)
        outcomes.append(outcome)
        runs, touched = apply(outcome, runs, touched)
    return Choice(list(members), outcomes, False)


class _Search:
    """All combinations of stackable and grouped candidates, walked depth first in order of application."""

    def __init__(self, others: list[Candidate], candidates: Sequence[Candidate], matches: Matches) -> None:
        self.matches = matches
        self.optional = contested(candidates, matches)
        groups: dict[str, list[Candidate]] = {}
        for each in others:
            if each.promotion.mode == "group":
                groups.setdefault(each.promotion.group or "", []).append(each)
        stackable = [each for each in others if each.promotion.mode == "stackable"]
        combinations = 2 ** sum(each.promotion.code in self.optional for each in stackable)
        for members in groups.values():
            combinations *= len(members)
        if combinations > MOST_COMBINATIONS:
            self.optional = set()
            groups = {name: [_greatest_alone(members)] for name, members in groups.items()}
        self.order = sorted(
            stackable + [each for members in groups.values() for each in members], key=lambda each: each.turn
        )
        self.last_of_group = {each.promotion.group: each for each in self.order if each.promotion.mode == "group"}
        self.winner: Choice | None = None

    def best(self) -> Choice | None:
        self._walk(0, self.matches.rung_up, 0, [], [], frozenset())
        return self.winner

    def _walk(
        self,
        position: int,
        runs: list[Runs],
        touched: int,
        members: list[Candidate],
        outcomes: list[Outcome],
        groups: frozenset[str | None],
    ) -> None:
        while position < len(self.order):
            candidate = self.order[position]
            promotion = candidate.promotion
            position += 1
            if promotion.mode == "group":
                if promotion.group in groups:
                    continue
                if self.last_of_group[promotion.group] is not candidate:
                    self._walk(position, runs, touched, members.copy(), outcomes.copy(), groups)
                groups |= {promotion.group}
            outcome = candidate.outcome_at(runs, touched)
            # Without effect, leaving it out changes nothing, and of equal benefits more members win.
            if promotion.code in self.optional and (outcome.worth or outcome.changes):
                self._walk(position, runs, touched, members.copy(), outcomes.copy(), groups)
            members.append(candidate)
            outcomes.append(outcome)
            runs, touched = apply(outcome, runs, touched)
        if members:
            choice = Choice(members, outcomes, False)
            if choice.beats(self.winner):
                self.winner = choice


def _greatest_alone(members: list[Candidate]) -> Candidate:
    return min(members, key=lambda each: (-each.alone.worth, each.promotion.rank))
