/**
 * The documents of the contract that a till reads, as shapes: compiled promotion, basket, settings.
 *
 * Source: contract, sections 2, 3 and 6. `RULES` has the compiled rule of each type; what holds across fields is in
 * consistency.js.
 */

import { isObject } from "./problems.js";
import {
  Anything,
  Choice,
  Decimal,
  Flag,
  Integer,
  ListOf,
  Mapping,
  Matching,
  Moment,
  Money,
  Shaped,
  Text,
} from "./shapes.js";

export const ENGINE_VERSION = 1;
export const MOST_PLACES = 100;
export const MOST_LINES = 1000;
export const MOST_UNITS = 10000;
const MOST_SLOTS = 10;

const ANYTHING = new Anything();
const TEXT = new Text();
const TEXT_OR_EMPTY = new Text(true);
const TEXTS = new ListOf(TEXT);
const TOKEN = new Matching(/^[A-Za-z0-9._-]{1,64}$/, "1 to 64 letters, digits, dots, dashes or underscores", "LUNCH20");
const COUNT = new Integer(1);
const NUMBER = new Integer();
const MONEY = new Money();
const PRICE = new Money(0);
const BASIS_POINTS = new Integer(1, 10000);
const SHARE = new Decimal(4, 0, 10000, "a share from 0 to 1 with at most four decimals");
const FLAG = new Flag();

const LISTS = { skus: new ListOf(TOKEN), categories: TEXTS, brands: TEXTS, tags: TEXTS };
const SELECTOR = new Shaped({ ...LISTS, min_unit_price: PRICE, max_unit_price: PRICE, exclude: new Shaped(LISTS) });
const ITEMS = { items: SELECTOR };
const QUANTITY = { quantity: COUNT };
const GROUP_OF_ITEMS = new Shaped({ ...ITEMS, ...QUANTITY });
const MIN_SPEND = { min_spend: MONEY };
const CONDITIONS = { ...MIN_SPEND, min_basket: MONEY, min_quantity: COUNT };
const PERCENT = { basis_points: BASIS_POINTS };
const PERCENT_OR_AMOUNT = { ...PERCENT, amount: MONEY };
const VALUE = { ...PERCENT_OR_AMOUNT, price: PRICE };
const ONE_OF_TWO = ["basis_points", "amount"];
const ONE_OF_THREE = [...ONE_OF_TWO, "price"];
const GIFT = new Shaped({ "sku!": TOKEN, ...QUANTITY, unit_price: PRICE });
const TIER = new Shaped({ "at!": COUNT, ...VALUE, gift: GIFT }, { oneOf: [...ONE_OF_THREE, "gift"] });
const PICK = new Choice(["highest_price", "lowest_price"]);
const PICK_OF_BOGO = new Choice(["lowest_price", "highest_price"]);
const CONTENT = new Shaped({ "sku!": TOKEN, ...QUANTITY });
const WHEN = new Shaped({ ...ITEMS, ...MIN_SPEND, ...QUANTITY }, { atMostOne: ["min_spend", "quantity"] });
const EARN = new Shaped(
  { brands: TEXTS, spend: MONEY, visits: COUNT, window_days: COUNT },
  { oneOf: ["spend", "visits"] },
);
const REWARD = new Shaped({ "promotion!": TOKEN, valid_days: COUNT });

/**
 * The compiled rule of each of the 13 types.
 * @type {Map<string, Shaped>}
 */
export const RULES = new Map([
  [
    "percent_discount",
    new Shaped({ "basis_points!": BASIS_POINTS, on: new Choice(["items", "basket"]), ...ITEMS, ...CONDITIONS }),
  ],
  [
    "amount_discount",
    new Shaped({
      "amount!": MONEY,
      on: new Choice(["items", "basket", "each_unit"]),
      ...ITEMS,
      ...CONDITIONS,
      max_units: COUNT,
      pick: PICK,
    }),
  ],
  ["happy_hour", new Shaped({ ...VALUE, ...ITEMS }, { oneOf: ONE_OF_THREE })],
  ["bogo", new Shaped({ "buy!": GROUP_OF_ITEMS, "get!": GROUP_OF_ITEMS, ...PERCENT, pick: PICK_OF_BOGO })],
  ["combo", new Shaped({ "slots!": new ListOf(GROUP_OF_ITEMS, 1, MOST_SLOTS), ...VALUE }, { oneOf: ONE_OF_THREE })],
  ["package", new Shaped({ "contents!": new ListOf(CONTENT, 1, MOST_SLOTS), "price!": PRICE })],
  [
    "mix_match",
    new Shaped(
      { ...ITEMS, "quantity!": new Integer(1, MOST_PLACES), ...VALUE, pick: new Choice(["lowest_price"]) },
      { oneOf: ONE_OF_THREE },
    ),
  ],
  ["free_item", new Shaped({ "gift!": GIFT, "when!": WHEN, repeat: FLAG })],
  [
    "upsell",
    new Shaped(
      { "trigger!": GROUP_OF_ITEMS, "offer!": GROUP_OF_ITEMS, ...VALUE, message: TEXT_OR_EMPTY, pick: PICK_OF_BOGO },
      { oneOf: ONE_OF_THREE },
    ),
  ],
  [
    "threshold",
    new Shaped({ on: new Choice(["spend", "quantity"]), ...ITEMS, "tiers!": new ListOf(TIER, 1), repeat: FLAG }),
  ],
  [
    "payment_discount",
    new Shaped({ methods: TEXTS, bins: TEXTS, ...PERCENT_OR_AMOUNT, ...MIN_SPEND }, { oneOf: ONE_OF_TWO }),
  ],
  [
    "cashback",
    new Shaped(
      {
        ...PERCENT_OR_AMOUNT,
        ...ITEMS,
        ...MIN_SPEND,
        credit: new Choice(["wallet", "points", "voucher"]),
        expires_days: COUNT,
      },
      { oneOf: ONE_OF_TWO },
    ),
  ],
  ["cross_brand", new Shaped({ "earn!": EARN, "reward!": REWARD, max_rewards: COUNT })],
]);
export const TYPES = [...RULES.keys()];

const WEEKDAYS = { weekdays: new ListOf(new Integer(1, 7)) };
const WINDOW = new Shaped({ "from!": new Moment("clock"), "to!": new Moment("clock_end"), ...WEEKDAYS });
const SCHEDULE = new Shaped({
  starts_at: new Moment("local_or_utc"),
  ends_at: new Moment("local_or_utc"),
  ...WEEKDAYS,
  windows: new ListOf(WINDOW),
  excluded_dates: new ListOf(new Moment("date")),
});
const REQUIREMENT = new Shaped({ ...ITEMS, quantity: COUNT, spend: MONEY }, { oneOf: ["quantity", "spend"] });
const TRIGGER = new Shaped({ kind: new Choice(["automatic", "code", "voucher"]), code: TOKEN });
const SCOPE = new Shaped({ brands: TEXTS, stores: TEXTS, exclude_stores: TEXTS, channels: TEXTS });
const TARGETING = new Shaped({
  segments: TEXTS,
  exclude_segments: TEXTS,
  customers: new Choice(["any", "known", "anonymous", "new", "returning"]),
  birthday_window_days: new Integer(0),
});
const LIMITS = new Shaped({
  total: COUNT,
  per_customer: COUNT,
  per_store: COUNT,
  per_day: COUNT,
  budget: MONEY,
  per_basket: COUNT,
  max_discount: MONEY,
  offline: new Choice(["open", "leased", "online_only"]),
  on_refund: new Choice(["restore", "keep", "restore_if_valid"]),
});
const STACKING = new Shaped({
  mode: new Choice(["stackable", "exclusive", "group"]),
  group: TOKEN,
  base: new Choice(["remaining", "original"]),
  measure: new Choice(["rung_up", "remaining"]),
  full_price_only: FLAG,
});
const EXPERIMENT = new Shaped({
  "key!": TEXT_OR_EMPTY,
  "seed!": TEXT_OR_EMPTY,
  "unit!": new Choice(["customer", "store", "basket"]),
  "range!": new ListOf(SHARE),
});
export const REMAINING = new Shaped({ total: NUMBER, per_store: NUMBER, per_day: NUMBER, budget: NUMBER });
export const CURRENCY = new Matching(/^[A-Z]{3}$/, "a currency of three capital letters", "USD");

/** A promotion as a till is sent it, but for its rule, whose shape goes by the type: contract, section 6. */
export const COMPILED = new Shaped({
  "code!": TOKEN,
  name: TEXT,
  description: ANYTHING,
  "type!": TEXT,
  currency: CURRENCY,
  "rule!": ANYTHING,
  requires: new ListOf(REQUIREMENT),
  trigger: TRIGGER,
  schedule: SCHEDULE,
  scope: SCOPE,
  targeting: TARGETING,
  limits: LIMITS,
  stacking: STACKING,
  priority: NUMBER,
  experiment: EXPERIMENT,
  funding: ANYTHING,
  revision: new Integer(0),
  remaining: REMAINING,
});

const CUSTOMER = new Shaped({
  id: TEXT,
  segments: TEXTS,
  birthday: new Moment("date"),
  orders: new Integer(0),
  usage: new Mapping(new Integer(0)),
});
const LINE = new Shaped({
  "id!": TEXT,
  "sku!": TEXT,
  categories: TEXTS,
  brand: TEXT,
  tags: TEXTS,
  "unit_price!": new Integer(0),
  floor_price: new Integer(0),
  "quantity!": COUNT,
});

/** What a shopper buys: contract, section 2. */
export const BASKET = new Shaped({
  id: TEXT,
  "currency!": CURRENCY,
  store: TEXT,
  channel: TEXT,
  "at!": new Moment("at"),
  customer: CUSTOMER,
  payment: new Shaped({ method: TEXT, bin: TEXT }),
  codes: TEXTS,
  vouchers: new ListOf(new Shaped({ code: TEXT, promotion: TEXT })),
  "lines!": new ListOf(LINE, 0, MOST_LINES),
});

export const SETTINGS = new Shaped({ resolution: new Choice(["best", "priority"]), explain: FLAG });

/**
 * The shape of a promotion's rule; undefined where its type is unknown.
 * @param {unknown} promotion
 * @returns {Shaped | undefined}
 */
export function ruleShape(promotion) {
  return isObject(promotion) ? RULES.get(promotion.type) : undefined;
}
