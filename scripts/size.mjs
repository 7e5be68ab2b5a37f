import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { isStarted, report, root } from "./source.mjs";

/** What a browser may have to load, minified and gzipped, in bytes. */
const budgets = [
  { what: "client", code: 'export { Feed } from "@steadfeed/client";', maxBytes: 8 * 1024 },
  { what: "parser", code: 'export { createParser } from "@steadfeed/parser";', maxBytes: 3 * 1024 },
];

/**
 * Bundles a few lines as a browser's build would, from what is published.
 *
 * @param {string} code
 * @param {string} [resolveDir]
 */
export async function bundle(code, resolveDir = root) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    // Found in the result rather than failing here without saying who asked for it.
    external: ["node:*"],
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const outputs = Object.values(metafile.outputs);
  return {
    bytes: gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length,
    files: Object.keys(metafile.inputs),
    outside: outputs.flatMap((output) => output.imports).map(({ path }) => path),
  };
}

/**
 * What is wrong with a bundle.
 *
 * @param {string} what
 * @param {{ bytes: number, files: string[], outside: string[] }} bundled
 * @param {number} maxBytes
 */
export function checkBundle(what, { bytes, files, outside }, maxBytes) {
  /** @type {string[]} */
  const sentences = [];
  if (bytes > maxBytes) {
    sentences.push(`${what} is ${bytes} bytes for a browser: the budget is ${maxBytes}.`);
  }
  for (const path of outside) sentences.push(`${what} imports ${path}, which no browser has.`);
  if (files.some((path) => path.includes("node_modules/undici/"))) {
    sentences.push(`${what} brings undici to browsers: only transport-undici.ts may import it.`);
  }
  return sentences;
}

if (isStarted(import.meta.url)) {
  /** @type {string[]} */
  const sentences = [];
  for (const { what, code, maxBytes } of budgets) {
    const bundled = await bundle(code).catch((error) => {
      console.error(`${what} cannot be bundled (is it built? npm run build): ${error.message}`);
      process.exit(1);
    });
    const size = `${bundled.bytes} B`.padStart(8);
    console.log(`${what.padEnd(8)}${size} of ${maxBytes} B, minified and gzipped`);
    sentences.push(...checkBundle(what, bundled, maxBytes));
  }
  report(sentences, "Within budget.");
}
