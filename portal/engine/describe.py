"""A promotion in plain words: "Monday to Friday 15:00-17:00, 20% off drinks, in 12 stores, at most 2 per customer".

Reads definitions that are valid or nearly so: a part that can't be read is left out, so that the words follow the
marketer's typing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from portal.engine.consistency import read_promotion
from portal.engine.currencies import amount_text
from portal.engine.problems import Findings

Values = dict[str, Any]
Names = Mapping[tuple[str, str], str]
"""Names of what codes stand for: ("category" | "product" | "brand" | "store" | "segment", code) -> name."""

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SINGULAR = {"skus": "product", "categories": "category", "brands": "brand", "tags": "tag"}
_MOST_NAMED = 4


def describe(definition: Any, names: Names | None = None) -> str:
    """One sentence that says what the promotion does, when, where, for whom and how often."""
    promotion = read_promotion(definition, (), Findings(), compiled=False)
    if not promotion:
        return ""
    words = _Words(_without_gaps(promotion), names or {})
    parts = [part for part in words.parts() if part]
    sentence = ", ".join(parts)
    return sentence[:1].upper() + sentence[1:]


def describe_sections(definition: Any, names: Names | None = None) -> dict[str, str]:
    """The same words by the builder's sections: offer, when, where, who, limits, combining; empty where nothing is."""
    promotion = read_promotion(definition, (), Findings(), compiled=False)
    words = _Words(_without_gaps(promotion or {}), names or {})
    parts = {
        "offer": [words.offer(), *words.requirements()],
        "when": [words.when()],
        "where": words.where(),
        "who": [words.trigger(), *words.who()],
        "limits": words.limits(),
        "combining": words.combining(),
    }
    sentences = {section: ", ".join(part for part in said if part) for section, said in parts.items()}
    return {section: sentence[:1].upper() + sentence[1:] for section, sentence in sentences.items()}


def _without_gaps(value: Any) -> Any:
    """The value without what could not be read (None)."""
    if isinstance(value, dict):
        return {key: _without_gaps(part) for key, part in value.items() if part is not None}
    if isinstance(value, list):
        return [_without_gaps(part) for part in value if part is not None]
    return value


class _Words:
    def __init__(self, promotion: Values, names: Names) -> None:
        self.promotion = promotion
        self.names = names
        self.currency = promotion.get("currency")
        rule = promotion.get("rule")
        self.rule: Values = rule if isinstance(rule, dict) else {}

    def parts(self) -> list[str]:
        return [
            self.when(),
            self.offer(),
            *self.requirements(),
            self.trigger(),
            *self.where(),
            *self.who(),
            *self.limits(),
            *self.combining(),
        ]

    # The offer

    def offer(self) -> str:
        word = _OFFERS.get(self.promotion.get("type", ""))
        if word is None:
            return ""
        try:
            return word(self, self.rule)
        except KeyError:
            return ""

    def money(self, minor: int) -> str:
        return amount_text(minor, self.currency)

    def value(self, rule: Values, on: str) -> str:
        """20% off drinks / USD 5.00 off drinks / drinks for USD 10.00."""
        if "percent" in rule:
            return f"{percent_text(rule['percent'])} off {on}" if rule["percent"] != 100 else f"{on} free"
        if "amount" in rule:
            return f"{self.money(rule['amount'])} off {on}"
        return f"{on} for {self.money(rule['price'])}" if rule["price"] else f"{on} free"

    def named(self, kind: str, code: str) -> str:
        return self.names.get((kind, code), code)

    def items(self, selector: Values | None, everything: str = "everything") -> str:
        """The chosen items by name; long lists are counted."""
        selector = selector or {}
        words = listed([*self._chosen(selector)], "or") or everything
        bounds = [
            f"{text} {self.money(selector[key])}"
            for key, text in (("min_unit_price", "from"), ("max_unit_price", "up to"))
            if key in selector
        ]
        if bounds:
            words += f" priced {' '.join(bounds)}"
        excluded = [*self._chosen(selector.get("exclude", {}))]
        return words + (f" except {listed(excluded, 'and')}" if excluded else "")

    def _chosen(self, selector: Values) -> list[str]:
        chosen = []
        for key, kind in _SINGULAR.items():
            codes = selector.get(key, [])
            if len(codes) > _MOST_NAMED:
                chosen.append(counted(len(codes), kind))
            else:
                chosen += [f"“{code}”" if kind == "tag" else self.named(kind, code) for code in codes]
        return chosen

    def units(self, part: Values) -> str:
        """2 × coffee, or 1 × any item."""
        return f"{part.get('quantity', 1)} × {self.items(part.get('items'), 'any item')}"

    def conditions(self, rule: Values) -> str:
        wanted = []
        if "min_spend" in rule:
            wanted.append(f"at least {self.money(rule['min_spend'])} is spent on them")
        if "min_basket" in rule:
            wanted.append(f"the basket reaches {self.money(rule['min_basket'])}")
        if "min_quantity" in rule:
            wanted.append(f"at least {rule['min_quantity']} of them are bought")
        return f" when {' and '.join(wanted)}" if wanted else ""

    def discount(self, rule: Values) -> str:
        on = self.items(rule.get("items"), "the whole basket" if rule.get("on") == "basket" else "everything")
        if rule.get("on") == "each_unit":
            most = rule.get("max_units")
            each = self.items(rule.get("items"), "item" if most in (None, 1) else "items")
            on = f"each {each}" if most is None else f"at most {most} {each}, each"
            cheapest = ", the cheapest first" if rule.get("pick") == "lowest_price" else ""
            return self.value(rule, on) + cheapest + self.conditions(rule)
        return self.value(rule, on) + self.conditions(rule)

    def happy_hour(self, rule: Values) -> str:
        if "percent" in rule:
            return self.value(rule, self.items(rule.get("items")))
        return self.value(rule, f"each {self.items(rule.get('items'), 'item')}")

    def bogo(self, rule: Values) -> str:
        percent = rule.get("percent", 100)
        off = "free" if percent == 100 else f"{percent_text(percent)} off"
        if rule["get"].get("items") is None:
            got = f"{rule['get'].get('quantity', 1)} more"
            which = (
                "the cheapest"
                if rule.get("pick") != "highest_price"
                else "the cheapest of each set, dearest sets first"
            )
            return f"buy {self.units(rule['buy'])} and get {got} {off} ({which})"
        return f"buy {self.units(rule['buy'])} and get {self.units(rule['get'])} {off}"

    def combo(self, rule: Values) -> str:
        return self.value(rule, " + ".join(self.units(slot) for slot in rule["slots"]) + " together")

    def package(self, rule: Values) -> str:
        contents = [f"{part.get('quantity', 1)} × {self.named('product', part['sku'])}" for part in rule["contents"]]
        return self.value(rule, " + ".join(contents) + " together")

    def mix_match(self, rule: Values) -> str:
        cheapest = ", the cheapest first" if rule.get("pick") == "lowest_price" else ""
        items = self.items(rule.get("items"), "")
        return self.value(rule, f"any {rule['quantity']} {'of ' + items if items else 'items'}") + cheapest

    def gift(self, gift: Values) -> str:
        return f"{gift.get('quantity', 1)} × {self.named('product', gift['sku'])} free"

    def free_item(self, rule: Values) -> str:
        when = rule["when"]
        each = "for every" if rule.get("repeat") else "from"
        if "min_spend" in when:
            on = self.items(when.get("items"), "")
            return f"{self.gift(rule['gift'])} {each} {self.money(when['min_spend'])} spent" + (
                f" on {on}" if on else ""
            )
        return f"{self.gift(rule['gift'])} {'for every' if rule.get('repeat') else 'with'} {self.units(when)}"

    def upsell(self, rule: Values) -> str:
        return f"{self.value(rule, self.units(rule['offer']))} with {self.units(rule['trigger'])}"

    def threshold(self, rule: Values) -> str:
        spend, items = rule.get("on", "spend") == "spend", self.items(rule.get("items"), "")
        steps = []
        for tier in sorted(rule["tiers"], key=lambda tier: tier["at"]):
            reach = f"{self.money(tier['at'])} spent" if spend else f"{tier['at']} items"
            given = self.gift(tier["gift"]) if "gift" in tier else self.value(tier, self._tier_target(tier, items))
            steps.append(
                f"{given} {'for every' if rule.get('repeat') else 'from'} {reach}{' on ' + items if items else ''}"
            )
        return listed(steps, "and")

    def _tier_target(self, tier: Values, items: str) -> str:
        if "price" in tier:
            return f"each of {items}" if items else "each item"
        return items or "the basket"

    def payment_discount(self, rule: Values) -> str:
        methods = listed(rule.get("methods", []), "or") or "any method"
        cards = f" with card numbers that begin with {listed(rule['bins'], 'or')}" if rule.get("bins") else ""
        least = f" from {self.money(rule['min_spend'])}" if "min_spend" in rule else ""
        return f"{self.value(rule, 'what is left to pay')}{least} when paid by {methods}{cards}"

    def cashback(self, rule: Values) -> str:
        back = percent_text(rule["percent"]) if "percent" in rule else self.money(rule["amount"])
        credit = {"wallet": "to the wallet", "points": "in points", "voucher": "as a voucher"}
        on = self.items(rule.get("items"), "everything that is paid")
        ends = f", valid {counted(rule['expires_days'], 'day')}" if "expires_days" in rule else ""
        kept = f"{credit[rule.get('credit', 'wallet')]}{self.conditions(rule)}{ends}"
        return f"{back} of {on} back {kept}" if "percent" in rule else f"{back} back on {on} {kept}"

    def cross_brand(self, rule: Values) -> str:
        earn, reward = rule["earn"], rule["reward"]
        brands = listed([self.named("brand", code) for code in earn.get("brands", [])], "or") or "any brand"
        what = f"{self.money(earn['spend'])} spent" if "spend" in earn else counted(earn["visits"], "visit")
        within = f" within {counted(earn['window_days'], 'day')}" if "window_days" in earn else ""
        valid = f", valid {counted(reward['valid_days'], 'day')}" if "valid_days" in reward else ""
        most = f", at most {rule['max_rewards']} times" if "max_rewards" in rule else ""
        return f"for every {what} at {brands}{within} a voucher of {reward['promotion']}{valid}{most}"

    # When, where, who, how often

    def when(self) -> str:
        schedule = self.promotion.get("schedule", {})
        common = schedule.get("weekdays", [])
        windows = [
            f"{weekdays_text(window.get('weekdays') or common)} {window['from']}-{window['to']}".strip()
            for window in schedule.get("windows", [])
            if "from" in window and "to" in window
        ]
        days = " and ".join(windows) or weekdays_text(common)
        excluded = [day_text(day) for day in schedule.get("excluded_dates", [])]
        without = (
            f"not on {listed(excluded, 'and') if len(excluded) <= _MOST_NAMED else counted(len(excluded), 'date')}"
        )
        return ", ".join(part for part in (self._dates(schedule), days, without if excluded else "") if part)

    def _dates(self, schedule: Values) -> str:
        start, end = schedule.get("starts_at"), schedule.get("ends_at")
        words = [f"from {moment_text(start)}"] if start else []
        if end:
            words.append(f"until {end_text(end)}")
        zone = f" ({schedule['timezone']} time)" if words and "timezone" in schedule else ""
        return " ".join(words) + zone

    def requirements(self) -> list[str]:
        words = []
        for entry in self.promotion.get("requires", []):
            if "spend" in entry:
                words.append(f"with {self.money(entry['spend'])} spent on {self.items(entry.get('items'))}")
            elif "quantity" in entry:
                words.append(f"with {self.units(entry)} in the basket")
        return words

    def trigger(self) -> str:
        trigger = self.promotion.get("trigger", {})
        if trigger.get("kind") == "code" and "code" in trigger:
            return f"with the code {trigger['code']}"
        return "with a voucher" if trigger.get("kind") == "voucher" else ""

    def where(self) -> list[str]:
        scope = self.promotion.get("scope", {})
        words = []
        for key, kind, prefix in (
            ("brands", "brand", "of"),
            ("stores", "store", "in"),
            ("exclude_stores", "store", "not in"),
        ):
            if codes := scope.get(key):
                words.append(f"{prefix} {self._named_or_counted(kind, codes)}")
        if channels := scope.get("channels"):
            words.append(f"for {listed([channel.replace('_', ' ') for channel in channels], 'or')}")
        return words

    def _named_or_counted(self, kind: str, codes: list[str]) -> str:
        if len(codes) > _MOST_NAMED:
            return counted(len(codes), kind)
        return listed([self.named(kind, code) for code in codes], "or" if kind == "segment" else "and")

    def who(self) -> list[str]:
        targeting = self.promotion.get("targeting", {})
        words = []
        customers = targeting.get("customers", "any")
        if customers != "any":
            words.append(f"for {customers} customers")
        if segments := targeting.get("segments"):
            words.append(f"for {self._named_or_counted('segment', segments)}")
        if segments := targeting.get("exclude_segments"):
            words.append(f"not for {self._named_or_counted('segment', segments)}")
        if "birthday_window_days" in targeting:
            days = targeting["birthday_window_days"]
            words.append(f"within {counted(days, 'day')} of the birthday" if days else "on the birthday")
        if experiment := self.promotion.get("experiment"):
            words.append(f"for the {experiment.get('unit', 'unit')}s of an experiment's share")
        return words

    def limits(self) -> list[str]:
        limits = self.promotion.get("limits", {})
        counts = [
            f"at most {limits[key]} {text}"
            for key, text in (
                ("per_basket", "per basket"),
                ("per_customer", "per customer"),
                ("per_store", "per store"),
                ("per_day", "a day"),
                ("total", "in total"),
            )
            if key in limits
        ]
        sums = [
            f"{text} {self.money(limits[key])}"
            for key, text in (("max_discount", "never more than"), ("budget", "within a budget of"))
            if key in limits
        ]
        return counts + sums

    def combining(self) -> list[str]:
        stacking = self.promotion.get("stacking", {})
        words = []
        if stacking.get("mode") == "exclusive":
            words.append("not together with any other promotion")
        elif stacking.get("mode") == "group" and "group" in stacking:
            words.append(f"only the best of the group {stacking['group']}")
        if stacking.get("full_price_only"):
            words.append("only on items at full price")
        if stacking.get("base") == "original":
            words.append("taken on the original prices")
        if stacking.get("measure") == "remaining":
            words.append("spends counted after other discounts")
        return words


_OFFERS: dict[str, Callable[[_Words, Values], str]] = {
    "percent_discount": _Words.discount,
    "amount_discount": _Words.discount,
    "happy_hour": _Words.happy_hour,
    "bogo": _Words.bogo,
    "combo": _Words.combo,
    "package": _Words.package,
    "mix_match": _Words.mix_match,
    "free_item": _Words.free_item,
    "upsell": _Words.upsell,
    "threshold": _Words.threshold,
    "payment_discount": _Words.payment_discount,
    "cashback": _Words.cashback,
    "cross_brand": _Words.cross_brand,
}


def listed(words: list[str], last: str) -> str:
    """a, b and c."""
    return " ".join([*([", ".join(words[:-1]), last] if len(words) > 1 else []), *words[-1:]])


def counted(count: int, noun: str) -> str:
    """1 day, 2 days, 3 categories."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") and noun != "day" else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"


def percent_text(percent: int | float) -> str:
    """12.5 as 12.5%, 20 as 20%."""
    return f"{percent:g}%"


def weekdays_text(weekdays: list[int]) -> str:
    """[1, 2, 3, 4, 5] as Monday to Friday; every day or none is said as nothing."""
    days = sorted(set(weekdays))
    if not days or len(days) == 7:
        return ""
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{_DAYS[days[0] - 1]} to {_DAYS[days[-1] - 1]}"
    return listed([_DAYS[day - 1] for day in days], "and")


def day_text(day: str) -> str:
    """2026-12-01 as 1 Dec 2026."""
    moment = date.fromisoformat(day)
    return f"{moment.day} {moment:%b} {moment.year}"


def moment_text(moment: str) -> str:
    """2026-12-01T18:00:00 as 1 Dec 2026, 18:00; midnight as the day alone."""
    day, clock = moment[:10], moment[11:16]
    return day_text(day) if clock == "00:00" else f"{day_text(day)} {clock}"


def end_text(moment: str) -> str:
    """An exclusive end as people say it: midnight of 1 January is 31 December, inclusive."""
    if moment[11:16] != "00:00" or moment[:10] == "0001-01-01":
        return moment_text(moment)
    return f"{day_text((datetime.fromisoformat(moment) - timedelta(days=1)).date().isoformat())} inclusive"
