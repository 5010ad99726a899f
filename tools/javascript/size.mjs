/**
 * What a till has to load: the engine as one minified module, as it is and compressed. Prints a table of its files and,
 * last, one line of JSON: bytes minified, with gzip -9, with brotli.
 */

import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";

const ENGINE = fileURLToPath(new URL("../../portal/static/engine/index.js", import.meta.url));

const { outputFiles, metafile } = await build({
  entryPoints: [process.argv[2] || ENGINE],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2020",
  legalComments: "none",
  metafile: true,
  write: false,
});
const [{ contents }] = outputFiles;
const [{ inputs }] = Object.values(metafile.outputs);
const files = Object.entries(inputs).sort(([, one], [, other]) => other.bytesInOutput - one.bytesInOutput);
for (const [name, { bytesInOutput }] of files) {
  console.log(`${String(bytesInOutput).padStart(8)}  ${name.replace(/^.*\//, "")}`);
}
const sizes = {
  minified: contents.length,
  gzip: gzipSync(contents, { level: 9 }).length,
  brotli: brotliCompressSync(contents).length,
};
console.log(JSON.stringify({ bench: "size", files: files.length, ...sizes }));
