/** A till's storage in a folder, for Node: every file is written aside, brought to the disk and renamed. */

import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

const ASIDE = ".aside";

/**
 * The storage in `folder`, which is made where it is missing.
 * @param {string} folder
 * @returns {Promise<import("./types.js").Storage>}
 */
export async function files(folder) {
  await mkdir(folder, { recursive: true });
  return {
    read: (name) => readOrNull(join(folder, name)),
    write: async (name, bytes) => {
      const aside = join(folder, name + ASIDE);
      await writeThrough(aside, bytes);
      await rename(aside, join(folder, name));
      await sync(folder);
    },
    remove: (name) => rm(join(folder, name), { force: true }),
    list: async (prefix) => (await readdir(folder)).filter((name) => name.startsWith(prefix) && !name.endsWith(ASIDE)),
  };
}

/**
 * @param {string} path
 * @returns {Promise<Uint8Array | null>}
 */
async function readOrNull(path) {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (/** @type {{code?: string}} */ (error).code === "ENOENT") return null;
    throw error;
  }
}

/**
 * @param {string} path
 * @param {Uint8Array} bytes
 */
async function writeThrough(path, bytes) {
  const file = await open(path, "w");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * The folder too, or the new name may be lost with the power.
 * @param {string} folder
 */
async function sync(folder) {
  const opened = await open(folder, "r");
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}
