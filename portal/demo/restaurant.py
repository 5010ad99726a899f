"""Harbour Kitchen Group: the restaurant chain of our own making, with a month of baskets from a seeded generator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from portal.demo import menu
from portal.demo.records import Company, Guest, Item, Sale, Store

SOURCE = "restaurant"
CURRENCY = "USD"
GUESTS = 500
SEED = 20_261_122

SEGMENTS = {
    "early-birds": "Early birds",
    "families": "Families",
    "office": "Office lunch",
    "regulars": "Regulars",
    "students": "Students",
    "vip": "Harbour Gold members",
}
SEGMENT_SHARES = {"early-birds": 0.15, "families": 0.2, "office": 0.3, "regulars": 0.25, "students": 0.15, "vip": 0.08}
FIRST_NAMES = (
    "Alma Ana Arjun Bella Caleb Chidi Clara Dana Diego Elif Emma Farah Finn Grace Hana Hugo Ines Ivan Jamal Jonas "
    "Kaito Keisha Lena Liam Lucia Mara Mateo Maya Minh Nadia Noah Nora Omar Otis Paula Priya Quinn Rosa Ruben Sana "
    "Seth Sofia Tara Theo Uma Viktor Wanda Yara Yusuf Zoe"
).split()
LAST_NAMES = (
    "Abbott Ahmed Alvarez Banerjee Becker Bishop Carver Chen Costa Daniels Diaz Ellis Farrell Fischer Garcia Haddad "
    "Hughes Ito Jensen Kaur Keller Kowalski Lambert Lopez Madsen Mensah Moreau Nguyen Novak Okafor Olsen Park Patel "
    "Quigley Ramos Rossi Santos Silva Tanaka Turner Ueda Vega Walsh Weber Yilmaz Young Zhang Zimmer Brooks Doyle"
).split()


@dataclass(frozen=True, slots=True)
class Service:
    """A time of day: how many baskets in each hour, how many people share one, what each takes (shelf: chance)."""

    hours: dict[int, int]
    people: tuple[int, ...]
    takes: dict[str, float]


SERVICES: dict[str, tuple[Service, ...]] = {
    "BEAN": (
        Service(
            {6: 1, 7: 3, 8: 4, 9: 3, 10: 2},
            (1, 1, 1, 1, 2, 2, 4),
            {"hot-coffee": 0.8, "tea": 0.12, "pastries": 0.5, "breakfast": 0.22},
        ),
        Service(
            {11: 2, 12: 4, 13: 3},
            (1, 1, 2),
            {"sandwiches": 0.75, "soft-drinks": 0.35, "iced-coffee": 0.35, "pastries": 0.15},
        ),
        Service(
            {14: 1, 15: 3, 16: 2, 17: 1, 18: 1},
            (1, 1, 2, 2),
            {"hot-coffee": 0.5, "iced-coffee": 0.4, "desserts": 0.25, "pastries": 0.3, "beans": 0.05, "gifts": 0.02},
        ),
    ),
    "GRILL": (
        Service(
            {11: 2, 12: 5, 13: 4, 14: 1}, (1, 1, 2), {"burgers": 0.8, "salads": 0.2, "sides": 0.6, "soft-drinks": 0.75}
        ),
        Service({15: 1, 16: 1, 17: 2}, (1, 2), {"sides": 0.5, "shakes": 0.45, "beer": 0.35, "desserts": 0.2}),
        Service(
            {18: 4, 19: 5, 20: 4, 21: 2, 22: 1},
            (2, 2, 3, 4),
            {
                "burgers": 0.85,
                "salads": 0.12,
                "sides": 0.65,
                "beer": 0.4,
                "soft-drinks": 0.5,
                "desserts": 0.22,
                "kids": 0.12,
                "shakes": 0.1,
            },
        ),
    ),
}
BUSIER_DAYS = {"BEAN": (1.1, 1.1, 1.1, 1.1, 1.2, 0.8, 0.7), "GRILL": (0.8, 0.8, 0.9, 1.0, 1.4, 1.5, 1.2)}
CHANNELS = {
    "BEAN": ("dine_in", "takeaway", "takeaway", "takeaway"),
    "GRILL": ("dine_in", "dine_in", "takeaway", "delivery"),
}


def company(until: date, days: int = 30) -> Company:
    """The chain with its baskets of so many days before `until`; a day's baskets are the same on every machine."""
    people = guests()
    sold = tuple(sorted(days_of_sales(until, days, people), key=lambda sale: (sale.sold_at, sale.code)))
    visits = Counter(sale.customer for sale in sold)
    return Company(
        source=SOURCE,
        currency=CURRENCY,
        brands=menu.BRANDS,
        stores=menu.STORES,
        shelves=menu.SHELVES,
        items=menu.items(),
        segments=SEGMENTS,
        guests=[with_visits(guest, visits[guest.code]) for guest in people],
        sales=lambda: in_order(sold, people),
        sales_count=len(sold),
    )


def guests() -> list[Guest]:
    """The known guests; `orders` is what they had before those days."""
    rng = Random(SEED)  # noqa: S311 - the same demo everywhere is the point
    return [guest(number, rng) for number in range(1, GUESTS + 1)]


def guest(number: int, rng: Random) -> Guest:
    """One known guest."""
    return Guest(
        code=f"HK-{number:04d}",
        name=f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}",
        segments=tuple(code for code, share in SEGMENT_SHARES.items() if rng.random() < share),
        email=f"guest-{number:04d}@guests.example",
        birthday=date(1950, 1, 1) + timedelta(days=rng.randrange(56 * 365)),
        orders=rng.choice((0, 0, 1, 2, 3, 5, 8, 13, 21, 34)),
    )


def with_visits(guest: Guest, visits: int) -> Guest:
    """The guest after so many more baskets."""
    return Guest(
        guest.code, guest.name, guest.segments, guest.email, guest.birthday, orders=(guest.orders or 0) + visits
    )


def days_of_sales(until: date, days: int, people: list[Guest]) -> Iterator[Sale]:
    """Every store's baskets, day by day; how many orders a guest had is filled in by in_order()."""
    for store in menu.STORES:
        for back in range(days, 0, -1):
            day = until - timedelta(days=back)
            rng = Random(f"{SEED} {store.code} {day}")  # noqa: S311 - the same demo everywhere is the point
            yield from day_of_sales(store, day, people, rng)


def day_of_sales(store: Store, day: date, people: list[Guest], rng: Random) -> Iterator[Sale]:
    """One store's baskets of one day, lunch and dinner (coffee: morning and afternoon) being the busiest."""
    brand = store.brand or ""
    number = 0
    for service in SERVICES[brand]:
        for hour, busy in service.hours.items():
            for _ in range(round(busy * BUSIER_DAYS[brand][day.weekday()] * rng.uniform(0.6, 1.4))):
                number += 1
                code = f"{store.code}-{day:%Y%m%d}-{number:03d}"
                yield sale_of(code, store, service, local_time(store, day, hour, rng), people, rng)


def local_time(store: Store, day: date, hour: int, rng: Random) -> datetime:
    """A moment within an hour of the store's wall clock."""
    clock = time(hour, rng.randrange(60), rng.randrange(60))
    return datetime.combine(day, clock, tzinfo=ZoneInfo(store.zone))


def sale_of(code: str, store: Store, service: Service, at: datetime, people: list[Guest], rng: Random) -> Sale:
    """One basket; about half of them belong to a known guest, most often to one of the nearest hundred."""
    brand = store.brand or ""
    home = menu.STORES.index(store) * 40
    known = people[(home + int(rng.triangular(0, 160, 20))) % len(people)] if rng.random() < 0.55 else None
    return Sale(
        code=code,
        store=store.code,
        at=at,
        lines=order_of(brand, service, rng),
        customer=known.code if known else None,
        channel=rng.choice(CHANNELS[brand]),
    )


def order_of(brand: str, service: Service, rng: Random) -> tuple[tuple[str, int, int], ...]:
    """What the people of one basket take, equal things on one line; at least one thing."""
    shelves = shelves_of(brand)
    taken: Counter[Item] = Counter()
    for _ in range(rng.choice(service.people)):
        taken.update(rng.choice(shelves[shelf]) for shelf, chance in service.takes.items() if rng.random() < chance)
    if not taken:
        taken[rng.choice(shelves[next(iter(service.takes))])] += 1
    return tuple((item.sku, count, item.price) for item, count in taken.items())


@cache
def shelves_of(brand: str) -> dict[str, list[Item]]:
    """A brand's products by their lowest category; the first of a category sell most, so they stand there twice."""
    shelves: dict[str, list[Item]] = {}
    for item in menu.items():
        if item.brand == brand:
            shelves.setdefault(item.shelf or "", []).append(item)
    return {shelf: found[: len(found) // 2] + found for shelf, found in shelves.items()}


def in_order(sold: tuple[Sale, ...], people: list[Guest]) -> Iterator[Sale]:
    """The sales with the number of orders that each guest had before."""
    so_far = Counter({guest.code: guest.orders or 0 for guest in people})
    for sale in sold:
        if sale.customer is None:
            yield sale
            continue
        orders = so_far[sale.customer]
        so_far[sale.customer] += 1
        yield Sale(sale.code, sale.store, sale.at, sale.lines, sale.customer, orders, sale.channel)
