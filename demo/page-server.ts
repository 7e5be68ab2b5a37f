import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path: string): string => fileURLToPath(new URL(`./page/${path}`, import.meta.url));
const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".json": "application/json",
};

/** Serves the page. It lives beside the story's server, so that the page stays when that one dies. */
export async function createPageServer(
  storyUrl: string,
  actions: { readonly kill: () => void; readonly cut: () => void },
): Promise<Server> {
  const files = await bundle();
  files.set("config.json", JSON.stringify({ storyUrl }));
  return createServer(({ method, url = "/" }, response) => {
    const path = url.replace(/\?.*/, "");
    const act = { "/kill": actions.kill, "/cut": actions.cut }[path];
    const name = path === "/" ? "index.html" : path.slice(1);
    const body = files.get(name);
    if (act && method === "POST") {
      act();
      response.writeHead(204).end();
    } else if (body === undefined) {
      response.writeHead(404).end();
    } else {
      const type = types[extname(name)];
      response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(body);
    }
  });
}

/** The page's files by name; the scripts and styles with all that they import. */
async function bundle(): Promise<Map<string, string | Uint8Array>> {
  const sources = ["index.ts", "index.css", "pane.ts", "pane.css"];
  const { outputFiles } = await build({
    entryPoints: sources.map(here),
    bundle: true,
    format: "esm",
    outdir: here("."),
    write: false,
  });
  const built = outputFiles.map(({ path, contents }) => [path.slice(here(".").length), contents]);
  const plain = ["index.html", "pane.html"].map(async (name) => [name, await readFile(here(name))]);
  return new Map([...built, ...(await Promise.all(plain))] as [string, Uint8Array][]);
}
