import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { isStarted, report, root } from "./source.mjs";

const KiB = 1024;

/**
 * What a browser has to load, minified and gzipped, in bytes. `maxBytes` is today's size, rounded up: a change
 * that makes it grow says so here. `besideFeed` is what a door adds to `Feed`, which a page loads once; with less in `Feed` it shares less. 32 B are the reason that a function of the user threw, in messages (gzip finds a few bytes more or less as `Feed` changes). `targetBytes` is where it is to go; docs/decisions/0041 says what stands in the way.
 */
export const budgets = [
  {
    // Of it, 60 B read lines that are not plain in a sixth less time, and decode a megabyte in pieces, 0.7 KB are `resume`, 50 B make an open stream keep half a kilobyte of memory less, and 14 B call the listeners to an attempt's signal when the feed has done its part.
    what: "Feed",
    code: 'export { Feed } from "@steadfeed/client";',
    maxBytes: 14_336,
    targetBytes: 8 * KiB,
  },
  {
    what: "useFeed",
    code: 'export { useFeed } from "@steadfeed/client/react";',
    besideFeed: 1632,
  },
  {
    what: "Vue",
    code: 'export { useFeed } from "@steadfeed/client/vue";',
    besideFeed: 1680,
  },
  {
    what: "Svelte",
    code: 'export { useFeed } from "@steadfeed/client/svelte";',
    besideFeed: 1664,
  },
  {
    what: "Solid",
    code: 'export { createFeed } from "@steadfeed/client/solid";',
    besideFeed: 1664,
  },
  {
    what: "Angular",
    code: 'export { feedResource } from "@steadfeed/client/angular";',
    // In each binding 20 B keep a listener that throws from stopping the others.
    besideFeed: 1824,
  },
  {
    what: "observe",
    code: 'export { observe } from "@steadfeed/client/observable";',
    // Of it, 40 B say that what was given is no feed.
    maxBytes: 336,
  },
  {
    what: "EventSource",
    code: 'export { EventSource } from "@steadfeed/client/eventsource";',
    besideFeed: 896,
  },
  {
    what: "SharedFeed",
    code: 'export { SharedFeed } from "@steadfeed/client/shared";',
    besideFeed: 2688,
  },
  {
    what: "steadyFetch",
    code: 'export { Feed } from "@steadfeed/client"; export { steadyFetch } from "@steadfeed/client/fetch";',
    besideFeed: 1936,
  },
  {
    what: "browser.js",
    code: 'export * from "@steadfeed/client/browser";',
    // Of it, some 50 B are the hook through which a tool sees the feeds.
    maxBytes: 15_744,
  },
  {
    what: "parser",
    code: 'export { createParser } from "@steadfeed/parser";',
    maxBytes: 3072,
    targetBytes: 3 * KiB,
  },
  {
    what: "contract",
    // Of it, 0.2 KB are what refuses names and values that no server takes, where they are written.
    code: 'export { defineStream, defineStreams } from "@steadfeed/contract";',
    maxBytes: 448,
  },
];

const frameworks = [
  "@angular/core",
  "react",
  "solid-js",
  "svelte/reactivity",
  "svelte/store",
  "vue",
];

/**
 * Bundles a few lines as a browser's build would, from the published files.
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
    // Frameworks belong to the page. Imports of Node are found in the result, which can name the importing file.
    external: ["node:*", ...frameworks],
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const outputs = Object.values(metafile.outputs);
  return {
    bytes: gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length,
    files: Object.keys(metafile.inputs),
    outside: outputs
      .flatMap((output) => output.imports)
      .map(({ path }) => path)
      .filter((path) => !frameworks.includes(path)),
  };
}

/**
 * The faults of a bundle.
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
  let feedBytes = 0;
  for (const { what, code, targetBytes, besideFeed = 0, ...budget } of budgets) {
    const bundled = await bundle(code).catch((error) => {
      console.error(`${what} cannot be bundled (is it built? npm run build): ${error.message}`);
      process.exit(1);
    });
    if (what === "Feed") feedBytes = bundled.bytes;
    const maxBytes = budget.maxBytes ?? feedBytes + besideFeed;
    const size = `${bundled.bytes} B`.padStart(8);
    const target = targetBytes === undefined ? "" : `; to become ${targetBytes} B`;
    console.log(`${what.padEnd(12)}${size}, today's budget ${maxBytes} B${target}`);
    sentences.push(...checkBundle(what, bundled, maxBytes));
  }
  report(sentences, "Within budget.");
}
