/** A till's storage in memory: for tests, and for a display that sells nothing. */

/**
 * An empty storage.
 * @returns {import("./types.js").Storage & {kept: Map<string, Uint8Array>}}
 */
export function memory() {
  /** @type {Map<string, Uint8Array>} */
  const kept = new Map();
  return {
    kept,
    read: async (name) => kept.get(name) || null,
    write: async (name, bytes) => {
      kept.set(name, bytes.slice());
    },
    remove: async (name) => {
      kept.delete(name);
    },
    list: async (prefix) => Array.from(kept.keys()).filter((name) => name.startsWith(prefix)),
  };
}
