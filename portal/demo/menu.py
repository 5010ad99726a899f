"""What Harbour Kitchen Group is: a coffee bar and a burger house of our own making, their menus and their stores."""

from __future__ import annotations

from portal.demo.records import Item, Shelf, Store

BRANDS = {"BEAN": "Bean Coffee Bar", "GRILL": "Grill Burger House"}

# code, name, city, zone, brand
STORES = [
    Store("HK-NYC-1", "Bean Grand Street", "America/New_York", "New York", "BEAN"),
    Store("HK-NYC-2", "Bean Battery Park", "America/New_York", "New York", "BEAN"),
    Store("HK-NYC-3", "Grill Pier 17", "America/New_York", "New York", "GRILL"),
    Store("HK-CHI-1", "Bean Fulton Market", "America/Chicago", "Chicago", "BEAN"),
    Store("HK-CHI-2", "Grill River North", "America/Chicago", "Chicago", "GRILL"),
    Store("HK-CHI-3", "Grill Logan Square", "America/Chicago", "Chicago", "GRILL"),
    Store("HK-DEN-1", "Bean Union Station", "America/Denver", "Denver", "BEAN"),
    Store("HK-DEN-2", "Grill Larimer Street", "America/Denver", "Denver", "GRILL"),
    Store("HK-LAX-1", "Bean Venice Beach", "America/Los_Angeles", "Los Angeles", "BEAN"),
    Store("HK-LAX-2", "Bean Arts District", "America/Los_Angeles", "Los Angeles", "BEAN"),
    Store("HK-LAX-3", "Grill Santa Monica", "America/Los_Angeles", "Los Angeles", "GRILL"),
    Store("HK-PHX-1", "Grill Roosevelt Row", "America/Phoenix", "Phoenix", "GRILL"),
]

SHELVES = [
    Shelf("drinks", "Drinks"),
    Shelf("food", "Food"),
    Shelf("retail", "To take home"),
    Shelf("coffee", "Coffee", "drinks"),
    Shelf("tea", "Tea and chocolate", "drinks"),
    Shelf("soft-drinks", "Soft drinks", "drinks"),
    Shelf("shakes", "Shakes", "drinks"),
    Shelf("beer", "Beer", "drinks"),
    Shelf("breakfast", "Breakfast", "food"),
    Shelf("pastries", "Pastries", "food"),
    Shelf("sandwiches", "Sandwiches", "food"),
    Shelf("burgers", "Burgers", "food"),
    Shelf("salads", "Salads", "food"),
    Shelf("sides", "Sides", "food"),
    Shelf("desserts", "Desserts", "food"),
    Shelf("kids", "Kids", "food"),
    Shelf("hot-coffee", "Hot coffee", "coffee"),
    Shelf("iced-coffee", "Iced coffee", "coffee"),
    Shelf("beans", "Coffee beans", "retail"),
    Shelf("gifts", "Cups and gifts", "retail"),
]

# sku | name | price | cost | floor (0: none) in cents | lowest category | tags
BEAN_MENU = """
ESPRESSO       | Espresso                    |  300 |   55 |   0 | hot-coffee  | vegan
DOPPIO         | Double espresso             |  360 |   75 |   0 | hot-coffee  | vegan
AMERICANO      | Americano                   |  375 |   70 |   0 | hot-coffee  | vegan
FILTER         | Filter coffee of the day    |  325 |   60 |   0 | hot-coffee  | vegan
LATTE          | Latte                       |  450 |   95 |   0 | hot-coffee  |
CAPPUCCINO     | Cappuccino                  |  450 |   92 |   0 | hot-coffee  |
FLAT-WHITE     | Flat white                  |  475 |   98 |   0 | hot-coffee  |
MOCHA          | Mocha                       |  525 |  120 |   0 | hot-coffee  |
OAT-LATTE      | Oat latte                   |  525 |  125 |   0 | hot-coffee  | vegan
PUMPKIN-LATTE  | Pumpkin latte               |  575 |  140 |   0 | hot-coffee  | seasonal
COLD-BREW      | Cold brew                   |  475 |   85 |   0 | iced-coffee | vegan
ICED-LATTE     | Iced latte                  |  495 |  100 |   0 | iced-coffee |
ICED-MOCHA     | Iced mocha                  |  550 |  125 |   0 | iced-coffee |
NITRO          | Nitro cold brew             |  550 |  110 |   0 | iced-coffee | vegan
ENGLISH-TEA    | English breakfast tea       |  325 |   40 |   0 | tea         | vegan
GREEN-TEA      | Green tea                   |  325 |   42 |   0 | tea         | vegan
CHAI-LATTE     | Chai latte                  |  495 |  105 |   0 | tea         |
HOT-CHOCOLATE  | Hot chocolate               |  475 |  110 |   0 | tea         | kids
ORANGE-JUICE   | Fresh orange juice          |  525 |  190 |   0 | soft-drinks | vegan
SPARKLING      | Sparkling water             |  275 |   60 |   0 | soft-drinks | vegan
CROISSANT      | Butter croissant            |  375 |  110 |   0 | pastries    | vegetarian
PAIN-CHOCOLAT  | Pain au chocolat            |  425 |  130 |   0 | pastries    | vegetarian
ALMOND-CROISS  | Almond croissant            |  475 |  150 |   0 | pastries    | vegetarian,nuts
CINNAMON-ROLL  | Cinnamon roll               |  450 |  120 |   0 | pastries    | vegetarian
BLUEB-MUFFIN   | Blueberry muffin            |  395 |  105 |   0 | pastries    | vegetarian
BANANA-BREAD   | Banana bread                |  395 |   95 |   0 | pastries    | vegan
COOKIE         | Chocolate chip cookie       |  325 |   80 |   0 | pastries    | vegetarian
BAGEL          | Bagel with cream cheese     |  495 |  140 |   0 | breakfast   | vegetarian
EGG-BAGEL      | Egg and cheddar bagel       |  725 |  210 |   0 | breakfast   | vegetarian
AVO-TOAST      | Avocado toast               |  995 |  320 |   0 | breakfast   | vegan
OATMEAL        | Oatmeal with berries        |  650 |  170 |   0 | breakfast   | vegan
GRANOLA        | Yogurt and granola          |  695 |  200 |   0 | breakfast   | vegetarian,nuts
TURKEY-CLUB    | Turkey club                 | 1095 |  380 |   0 | sandwiches  |
CAPRESE        | Caprese panini              |  995 |  330 |   0 | sandwiches  | vegetarian
TUNA-MELT      | Tuna melt                   | 1050 |  360 |   0 | sandwiches  |
FALAFEL-WRAP   | Falafel wrap                |  950 |  290 |   0 | sandwiches  | vegan
CHEESECAKE     | New York cheesecake         |  695 |  210 |   0 | desserts    | vegetarian
CARROT-CAKE    | Carrot cake                 |  650 |  190 |   0 | desserts    | vegetarian,nuts
BEANS-HOUSE    | House blend beans, 12 oz    | 1600 |  720 | 900 | beans       | vegan
BEANS-SINGLE   | Single origin beans, 12 oz  | 1950 |  910 |1100 | beans       | vegan
TRAVEL-CUP     | Travel cup                  | 1800 |  650 | 650 | gifts       |
"""
GRILL_MENU = """
CLASSIC        | Classic burger              | 1095 |  340 |   0 | burgers     |
CHEESEBURGER   | Cheeseburger                | 1195 |  375 |   0 | burgers     |
BACON-BURGER   | Bacon burger                | 1350 |  440 |   0 | burgers     |
DOUBLE-SMASH   | Double smash burger         | 1450 |  490 |   0 | burgers     |
MUSHROOM-SWISS | Mushroom Swiss burger       | 1325 |  420 |   0 | burgers     |
HOT-CHICKEN    | Hot chicken burger          | 1275 |  390 |   0 | burgers     | spicy
BEAN-BURGER    | Black bean burger           | 1150 |  310 |   0 | burgers     | vegan
HARBOUR-BURGER | Harbour burger of the month | 1595 |  540 |   0 | burgers     | seasonal
FRIES          | Fries                       |  425 |   75 |   0 | sides       | vegan
FRIES-L        | Large fries                 |  575 |  100 |   0 | sides       | vegan
SWEET-FRIES    | Sweet potato fries          |  525 |  120 |   0 | sides       | vegan
ONION-RINGS    | Onion rings                 |  550 |  110 |   0 | sides       | vegetarian
SLAW           | Coleslaw                    |  375 |   80 |   0 | sides       | vegetarian
MAC-CHEESE     | Mac and cheese              |  650 |  160 |   0 | sides       | vegetarian
WINGS-6        | Six hot wings               |  895 |  310 |   0 | sides       | spicy
CAESAR         | Caesar salad                | 1050 |  290 |   0 | salads      |
COBB           | Cobb salad                  | 1295 |  410 |   0 | salads      |
GREEN-BOWL     | Green bowl                  | 1150 |  300 |   0 | salads      | vegan
COLA           | Cola                        |  350 |   45 |   0 | soft-drinks | vegan
DIET-COLA      | Diet cola                   |  350 |   45 |   0 | soft-drinks | vegan
LEMONADE       | House lemonade              |  425 |   70 |   0 | soft-drinks | vegan
ICED-TEA       | Iced tea                    |  375 |   50 |   0 | soft-drinks | vegan
WATER          | Still water                 |  250 |   40 |   0 | soft-drinks | vegan
LAGER          | Draft lager                 |  695 |  190 | 400 | beer        | alcohol
IPA            | Harbour IPA                 |  795 |  230 | 400 | beer        | alcohol
STOUT          | Oatmeal stout               |  775 |  225 | 400 | beer        | alcohol
ZERO-BEER      | Lager without alcohol       |  595 |  170 |   0 | beer        |
VANILLA-SHAKE  | Vanilla shake               |  695 |  180 |   0 | shakes      | vegetarian
CHOCO-SHAKE    | Chocolate shake             |  695 |  185 |   0 | shakes      | vegetarian
BERRY-SHAKE    | Strawberry shake            |  695 |  190 |   0 | shakes      | vegetarian
BROWNIE        | Warm brownie                |  695 |  170 |   0 | desserts    | vegetarian
APPLE-PIE      | Apple pie                   |  650 |  160 |   0 | desserts    | vegetarian
SUNDAE         | Sundae                      |  595 |  140 |   0 | desserts    | vegetarian
KIDS-BURGER    | Kids burger with fries      |  795 |  260 |   0 | kids        | kids
KIDS-NUGGETS   | Kids nuggets with fries     |  750 |  240 |   0 | kids        | kids
HARBOUR-SHIRT  | Harbour T-shirt             | 2500 |  900 | 900 | gifts       |
"""


def items() -> list[Item]:
    """Both menus."""
    return [item_of(row, brand) for brand, menu in (("BEAN", BEAN_MENU), ("GRILL", GRILL_MENU)) for row in rows(menu)]


def rows(menu: str) -> list[list[str]]:
    """The cells of a menu's lines."""
    return [[cell.strip() for cell in line.split("|")] for line in menu.strip().splitlines()]


def item_of(row: list[str], brand: str) -> Item:
    """One line of a menu as a product."""
    sku, name, price, cost, floor, shelf, tags = row
    return Item(sku, name, int(price), brand, shelf, tuple(tags.split(",")) if tags else (), int(cost), int(floor))
