/** A value as a message quotes it: JSON, shortened. */

const MOST = 40;

/**
 * @param {unknown} value
 * @returns {string} at most 40 characters
 */
export function shown(value) {
  let text = "";
  for (const piece of pieces(value)) {
    text += piece;
    // A character is one or two code units.
    if (text.length > 2 * MOST) break;
  }
  const characters = Array.from(text);
  return characters.length <= MOST ? text : `${characters.slice(0, MOST - 3).join("")}...`;
}

/**
 * The JSON text of a value piece by piece, so that of a long or deep one no more is written than is shown.
 * @param {unknown} value
 * @returns {Generator<string>}
 */
function* pieces(value) {
  if (Array.isArray(value)) {
    yield "[";
    for (let place = 0; place < value.length; place++) {
      if (place) yield ", ";
      yield* pieces(value[place]);
    }
    yield "]";
  } else if (typeof value === "object" && value !== null) {
    yield "{";
    let first = true;
    for (const [key, entry] of Object.entries(value)) {
      yield `${first ? "" : ", "}${JSON.stringify(key)}: `;
      yield* pieces(entry);
      first = false;
    }
    yield "}";
  } else if (typeof value === "string") {
    yield JSON.stringify(value);
  } else if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") {
    yield String(value);
  } else {
    yield value === null || value === undefined ? "null" : `a ${typeof value}`;
  }
}
