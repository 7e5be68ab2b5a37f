import { readFileSync } from "node:fs";
import resolve from "@rollup/plugin-node-resolve";
import esbuild from "rollup-plugin-esbuild";

const manifest = (name) => JSON.parse(readFileSync(`packages/${name}/package.json`, "utf8"));

/** The doors of a package: every file that these fields name, except those for Node and the one for `<script>`. */
function doorsOf(name, ...fields) {
  const files = JSON.stringify(fields).matchAll(/"\.\/dist\/(?!node\/|browser\b)([\w-/]+)\.js"/g);
  const doors = [...new Set([...files].map(([, door]) => door))];
  return Object.fromEntries(doors.map((door) => [door, `packages/${name}/src/${door}.ts`]));
}

/** Resolves imports to the files of another package, or of a platform. */
const choosing = (files) => ({
  name: "choosing",
  resolveId(id) {
    return Object.hasOwn(files, id) ? this.resolve(`./packages/${files[id]}`) : null;
  },
});

/** Files of a package, of which each module is in one. `chosen` resolves imports that begin with `#`; others stay. */
function library(name, input, output, chosen = {}) {
  const { dependencies, peerDependencies } = manifest(name);
  const deps = Object.keys({ ...dependencies, ...peerDependencies });
  return {
    input,
    external: (id) =>
      id.startsWith("node:") ||
      (id.startsWith("#") && !Object.hasOwn(chosen, id)) ||
      deps.some((dep) => id === dep || id.startsWith(`${dep}/`)),
    plugins: [
      choosing(chosen),
      resolve({ extensions: [".ts", ".js"] }),
      esbuild({ target: "es2023", tsconfig: false }),
    ],
    output: {
      format: "es",
      sourcemap: true,
      entryFileNames: "[name].js",
      chunkFileNames: "chunks/[name].js",
      hoistTransitiveImports: false,
      // rollup drops directives. Without this one, a server component could not even import the hook.
      banner: (chunk) => (chunk.name === "react" ? '"use client";' : ""),
      ...output,
    },
  };
}

const libraries = [
  "parser",
  "contract",
  "client",
  "server",
  "cli",
  "eventsource",
  "fetch-event-source",
].map((name) => {
  const { exports, imports = {}, bin = {} } = manifest(name);
  return library(name, doorsOf(name, exports, imports, bin), {
    dir: `packages/${name}/dist`,
    // A class that extends one of the platform's counts as an effect, and so does a frozen object: bundlers drop it only
    // with its file.
    manualChunks: (id) =>
      /(?:parser\/src\/|client\/src\/client\/)(parser|errors|client)\.ts$/.exec(id)?.[1],
    // A feed is not part of the client's file.
    onlyExplicitManualChunks: name === "client",
  });
});

/**
 * The client's doors for Node, which reads one file after the other when a program starts: what all doors share is in
 * one.
 */
const node = library(
  "client",
  doorsOf("client", manifest("client").exports),
  {
    dir: "packages/client/dist/node",
    // The package has the sources.
    sourcemapExcludeSources: true,
    manualChunks: (id) =>
      /client\/src\/(client|core|delivery|feed|http)\//.test(id) ? "client" : undefined,
  },
  {
    "#checks": "client/src/core/checks.ts",
    "#timers": "client/src/core/timer.ts",
    "#words": "client/src/core/words.ts",
    "#transport": "client/src/http/platform-node.ts",
    "#parser": "client/src/feed/parser.ts",
  },
);

/** The browser's transport and checks, and the sibling package from its source. */
const forBrowsers = choosing({
  "#checks": "client/src/core/checks-slim.ts",
  "#timers": "client/src/core/timer-slim.ts",
  "#words": "client/src/core/words-slim.ts",
  "#transport": "client/src/http/platform-browser.ts",
  "#parser": "parser/src/lean.ts",
  "#lines": "parser/src/lines-browser.ts",
  "@steadfeed/parser": "parser/src/index.ts",
});

/** One file for `<script type="module">`, without a bundler. */
const browser = {
  input: "packages/client/src/index.ts",
  plugins: [
    forBrowsers,
    resolve({ browser: true, extensions: [".ts", ".js"] }),
    esbuild({ target: "es2022", tsconfig: false, minify: true }),
  ],
  output: { file: "packages/client/dist/browser.js", format: "es", sourcemap: true },
};

export default [...libraries, node, browser];
