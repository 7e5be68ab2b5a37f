import { readFileSync } from "node:fs";
import resolve from "@rollup/plugin-node-resolve";
import esbuild from "rollup-plugin-esbuild";

// One entry per door of a package's `exports` and `imports`.
const doors = {
  parser: ["index", "encode"],
  client: ["index", "transport-fetch", "transport-undici"],
  server: ["index", "node"],
};

const plugins = [
  resolve({ extensions: [".ts", ".js"] }),
  esbuild({ target: "es2023", tsconfig: false }),
];

const library = Object.entries(doors).map(([name, inputs]) => {
  const dir = `packages/${name}`;
  const pkg = JSON.parse(readFileSync(`${dir}/package.json`, "utf8"));
  const deps = Object.keys({ ...pkg.dependencies, ...pkg.peerDependencies });
  return {
    input: Object.fromEntries(inputs.map((door) => [door, `${dir}/src/${door}.ts`])),
    external: (id) =>
      id.startsWith("node:") ||
      id.startsWith("#") ||
      deps.some((dep) => id === dep || id.startsWith(`${dep}/`)),
    plugins,
    output: {
      dir: `${dir}/dist`,
      format: "es",
      sourcemap: true,
      entryFileNames: "[name].js",
      chunkFileNames: "chunks/[name].js",
      hoistTransitiveImports: false,
    },
  };
});

/** Rooms that differ by platform, pinned to the browser's, and the sibling package taken from its source. */
const forBrowsers = {
  name: "for-browsers",
  resolveId(id) {
    if (id === "#transport") return this.resolve("./packages/client/src/transport-fetch.ts");
    if (id === "@steadfeed/parser") return this.resolve("./packages/parser/src/index.ts");
    return null;
  },
};

// A single file for `<script type="module">`, without a bundler.
const browser = {
  input: "packages/client/src/index.ts",
  plugins: [forBrowsers, resolve({ browser: true, extensions: [".ts", ".js"] }), esbuild({ target: "es2022", tsconfig: false })],
  output: { file: "packages/client/dist/browser.js", format: "es", sourcemap: true },
};

export default [...library, browser];
