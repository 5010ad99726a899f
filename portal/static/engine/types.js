/**
 * The documents that the engine reads and writes, for type checkers. Money is in minor units; keys are the contract's.
 *
 * @typedef {{field: string, message: string}} Problem
 * @typedef {{errors: Problem[]}} Errors
 *
 * @typedef {object} ItemSelector
 * @property {string[]} [skus]
 * @property {string[]} [categories]
 * @property {string[]} [brands]
 * @property {string[]} [tags]
 * @property {number} [min_unit_price]
 * @property {number} [max_unit_price]
 * @property {{skus?: string[], categories?: string[], brands?: string[], tags?: string[]}} [exclude]
 *
 * @typedef {object} Schedule
 * @property {string} [starts_at]
 * @property {string} [ends_at]
 * @property {number[]} [weekdays]
 * @property {{from: string, to: string, weekdays?: number[]}[]} [windows]
 * @property {string[]} [excluded_dates]
 *
 * @typedef {object} Targeting
 * @property {string[]} [segments]
 * @property {string[]} [exclude_segments]
 * @property {string} [customers]
 * @property {number} [birthday_window_days]
 *
 * @typedef {object} CompiledPromotion
 * @property {string} code
 * @property {string} type
 * @property {string} [name]
 * @property {number} [revision]
 * @property {string} [currency]
 * @property {Record<string, any>} rule by type: contract, section 3
 * @property {{items?: ItemSelector, quantity?: number, spend?: number}[]} [requires]
 * @property {{kind?: string, code?: string}} [trigger]
 * @property {Schedule} [schedule]
 * @property {{brands?: string[], stores?: string[], exclude_stores?: string[], channels?: string[]}} [scope]
 * @property {Targeting} [targeting]
 * @property {Record<string, any>} [limits]
 * @property {Record<string, any>} [stacking]
 * @property {number} [priority]
 * @property {{key: string, seed: string, unit: string, range: number[]}} [experiment]
 * @property {Record<string, number>} [remaining]
 *
 * @typedef {{resolution?: string, explain?: boolean}} Settings
 *
 * @typedef {object} Line
 * @property {string} id
 * @property {string} sku
 * @property {string[]} [categories]
 * @property {string} [brand]
 * @property {string[]} [tags]
 * @property {number} unit_price
 * @property {number} [floor_price]
 * @property {number} quantity
 *
 * @typedef {object} Customer
 * @property {string} [id]
 * @property {string[]} [segments]
 * @property {string} [birthday]
 * @property {number} [orders]
 * @property {Record<string, number>} [usage]
 *
 * @typedef {{method?: string, bin?: string}} Payment
 *
 * @typedef {{promotion: string, amount: number, quantity: number}} Adjustment
 * @typedef {{promotion: string, type: string, revision?: number, discount: number, times: number}} Applied
 * @typedef {{promotion: string, kind: "cashback", amount: number, credit: string}} Cashback
 * @typedef {{promotion: string, kind: "cross_brand", amount?: number, visits?: number}} CrossBrandAccrual
 * @typedef {Cashback | CrossBrandAccrual} Reward
 * @typedef {{promotion: string, sku: string, quantity: number | bigint}} GiftToAdd
 * @typedef {{promotion: string, quantity: number | bigint, message: string | null}} Suggestion
 * @typedef {{promotion: string, reason: string, detail: {missing?: number, lost_to?: string[]}}} NotApplied
 * @typedef {{id: string, gross: number, discount: number, net: number, adjustments: Adjustment[]}} PricedLine
 *
 * @typedef {object} Result
 * @property {number} subtotal
 * @property {number} discount
 * @property {number} total
 * @property {string} currency
 * @property {PricedLine[]} lines
 * @property {Applied[]} applied
 * @property {Reward[]} rewards
 * @property {GiftToAdd[]} gifts
 * @property {Suggestion[]} suggestions
 * @property {NotApplied[]} not_applied
 */

export {};
