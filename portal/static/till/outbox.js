/**
 * What a till has to report and the server has not acknowledged: one stream, numbered from 1 without gaps.
 *
 * An event gets its id and its number once, when it is written; a write that fails (a full disk) uses up no number. It
 * is dropped only when the server said what became of it. Source: sync.md, section 4.
 */

import { uuid7 } from "./uuid.js";

/** @typedef {import("./types.js").OwnUse} OwnUse */
/** @typedef {import("./types.js").Surroundings} Surroundings */

export const MOST_EVENTS = 500;
/** Well below the 8 MB that the server takes in one body without compression. */
export const MOST_BYTES = 4_000_000;
const SETTLED = ["accepted", "duplicate", "conflict", "quarantined"];
const DIGITS = 15;

/**
 * @typedef {{event_id: string, device_seq: number, [key: string]: any}} Event
 * @typedef {{event_id?: string | null, device_seq?: number | null, outcome: string}} Outcome
 * @typedef {{through: number, uses: OwnUse[]}} Settled the highest number that was ever dropped, and uses to remember
 */

export class Outbox {
  /**
   * @param {Pick<Surroundings, "storage" | "now" | "randomBytes" | "encode" | "decode">} surroundings
   * @param {string} name of the stream
   * @param {(event: Event) => OwnUse[]} usesOf what an event uses of leased promotions
   */
  constructor(surroundings, name, usesOf = () => []) {
    this.surroundings = surroundings;
    this.name = name;
    this.usesOf = usesOf;
    /** @type {Map<number, {event: Event, text: string}>} by number, in order */
    this.waiting = new Map();
    /** @type {Settled} */
    this.settled = { through: 0, uses: [] };
    /** @type {Promise<unknown>} Writes go one after the other. */
    this.last = Promise.resolve();
  }

  /** Read what was kept. */
  async open() {
    const { storage, decode } = this.surroundings;
    const bytes = await storage.read(`${this.name}-settled`);
    if (bytes) this.settled = JSON.parse(decode(bytes));
    for (const name of (await storage.list(`${this.name}-event-`)).sort()) {
      const text = decode((await storage.read(name)) || new Uint8Array());
      const event = JSON.parse(text);
      this.waiting.set(event.device_seq, { event, text });
    }
  }

  get length() {
    return this.waiting.size;
  }

  /** The highest number given so far. */
  get highest() {
    return Math.max(this.settled.through, ...this.waiting.keys());
  }

  /** What was used of leased promotions by events that leases may not count yet. */
  get uses() {
    const waiting = Array.from(this.waiting.values(), ({ event }) => this.usesOf(event));
    return this.settled.uses.concat(...waiting);
  }

  /**
   * Keep an event; it is on the disk when this resolves. Rejects where it could not be written: it then has no number.
   * @param {Record<string, any>} fields
   * @returns {Promise<Event>}
   */
  add(fields) {
    return this.inTurn(async () => {
      const { storage, now, randomBytes, encode } = this.surroundings;
      const event = { event_id: uuid7(now(), randomBytes), device_seq: this.highest + 1, ...fields };
      const text = JSON.stringify(event);
      await storage.write(this.nameOf(event.device_seq), encode(text));
      this.waiting.set(event.device_seq, { event, text });
      return event;
    });
  }

  /**
   * The next events to send, the oldest first; at least one where any waits.
   * @param {number} mostEvents
   * @returns {{events: Event[], body: string}}
   */
  batch(mostEvents = MOST_EVENTS) {
    const events = [];
    const texts = [];
    let bytes = 13;
    for (const { event, text } of this.waiting.values()) {
      bytes += this.surroundings.encode(text).length + 1;
      if (events.length && (events.length >= mostEvents || bytes > MOST_BYTES)) break;
      events.push(event);
      texts.push(text);
    }
    return { events, body: `{"events":[${texts.join(",")}]}` };
  }

  /**
   * Drop what the server acknowledged; what it wants to be sent again, or said nothing of, stays.
   * @param {Event[]} sent
   * @param {Outcome[]} outcomes one for each, in the same order; one without an id is of an event that can't be read
   * @returns {Promise<number>} how many were dropped
   */
  settle(sent, outcomes) {
    const dropped = sent.filter((event, position) => isSettled(event, outcomes[position]));
    return this.inTurn(async () => {
      if (!dropped.length) return 0;
      const through = Math.max(this.settled.through, ...dropped.map(({ device_seq }) => device_seq));
      // First the note, then the files: a number is never given twice, whatever happens between the two.
      await this.note({ through, uses: this.settled.uses.concat(...dropped.map(this.usesOf)) });
      for (const { device_seq } of dropped) {
        this.waiting.delete(device_seq);
        await this.surroundings.storage.remove(this.nameOf(device_seq));
      }
      return dropped.length;
    });
  }

  /**
   * Forget the uses that the leases count by now.
   * @param {number} throughSeq
   */
  forgetUses(throughSeq) {
    return this.inTurn(async () => {
      const uses = this.settled.uses.filter(({ seq }) => seq > throughSeq);
      if (uses.length < this.settled.uses.length) await this.note({ ...this.settled, uses });
    });
  }

  /** @param {Settled} settled */
  async note(settled) {
    const { storage, encode } = this.surroundings;
    await storage.write(`${this.name}-settled`, encode(JSON.stringify(settled)));
    this.settled = settled;
  }

  /** @param {number} seq */
  nameOf(seq) {
    return `${this.name}-event-${String(seq).padStart(DIGITS, "0")}`;
  }

  /**
   * @template T
   * @param {() => Promise<T>} action
   * @returns {Promise<T>}
   */
  inTurn(action) {
    const done = this.last.then(action, action);
    this.last = done.catch(() => undefined);
    return done;
  }
}

/**
 * @param {Event} event
 * @param {Outcome | undefined} answer
 */
function isSettled({ event_id }, answer) {
  if (!answer || !SETTLED.includes(answer.outcome)) return false;
  return answer.event_id === event_id || ((answer.event_id || null) === null && answer.outcome === "quarantined");
}
