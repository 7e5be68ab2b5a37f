import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const source = (path: string): string =>
  fileURLToPath(new URL(`../../packages/${path}`, import.meta.url));

/** Bundles a script from the sources, with what the packages have for browsers. */
export async function bundle(script: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: source("client") },
    bundle: true,
    format: "esm",
    alias: {
      "#checks": source("client/src/core/checks.ts"),
      "#parser": source("parser/src/lean.ts"),
      "#lines": source("parser/src/lines-browser.ts"),
      "#timers": source("client/src/core/timer-slim.ts"),
      "#words": source("client/src/core/words.ts"),
      "#transport": source("client/src/http/platform-browser.ts"),
      "@steadfeed/client": source("client/src/index.ts"),
      "@steadfeed/client/shared": source("client/src/shared.ts"),
      "@steadfeed/parser": source("parser/src/index.ts"),
    },
    write: false,
  });
  return outputFiles[0]!.text;
}
