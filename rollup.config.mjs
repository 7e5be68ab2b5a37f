import { readFileSync } from "node:fs";
import resolve from "@rollup/plugin-node-resolve";
import esbuild from "rollup-plugin-esbuild";

/** The doors of a package: every file that its `exports`, `imports` and `bin` name, except the one for `<script>`. */
function doorsOf(pkg) {
  const files = JSON.stringify([pkg.exports, pkg.imports ?? {}, pkg.bin ?? {}]).matchAll(
    /"\.\/dist\/([\w-/]+)\.js"/g,
  );
  return [...new Set([...files].map(([, door]) => door))].filter((door) => door !== "browser");
}

const library = [
  "parser",
  "contract",
  "client",
  "server",
  "cli",
  "eventsource",
  "fetch-event-source",
].map((name) => {
  const dir = `packages/${name}`;
  const pkg = JSON.parse(readFileSync(`${dir}/package.json`, "utf8"));
  const deps = Object.keys({ ...pkg.dependencies, ...pkg.peerDependencies });
  return {
    input: Object.fromEntries(doorsOf(pkg).map((door) => [door, `${dir}/src/${door}.ts`])),
    external: (id) =>
      id.startsWith("node:") ||
      id.startsWith("#") ||
      deps.some((dep) => id === dep || id.startsWith(`${dep}/`)),
    plugins: [
      resolve({ extensions: [".ts", ".js"] }),
      esbuild({ target: "es2023", tsconfig: false }),
    ],
    output: {
      dir: `${dir}/dist`,
      format: "es",
      sourcemap: true,
      entryFileNames: "[name].js",
      chunkFileNames: "chunks/[name].js",
      // A class that extends one of the platform's counts as an effect, so bundlers drop it only with its file.
      manualChunks: (id) => /parser\/src\/(parser)\.ts$/.exec(id)?.[1],
      hoistTransitiveImports: false,
      // rollup drops directives. Without this one, a server component could not even import the hook.
      banner: (chunk) => (chunk.name === "react" ? '"use client";' : ""),
    },
  };
});

/** The browser's transport and checks, and the sibling package from its source. */
const forBrowsers = {
  name: "for-browsers",
  resolveId(id) {
    if (id === "#checks") return this.resolve("./packages/client/src/core/checks-slim.ts");
    if (id === "#words") return this.resolve("./packages/client/src/core/words-slim.ts");
    if (id === "#transport") return this.resolve("./packages/client/src/http/platform-browser.ts");
    if (id === "#parser") return this.resolve("./packages/parser/src/lean.ts");
    if (id === "#lines") return this.resolve("./packages/parser/src/lines-browser.ts");
    if (id === "@steadfeed/parser") return this.resolve("./packages/parser/src/index.ts");
    return null;
  },
};

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

export default [...library, browser];
