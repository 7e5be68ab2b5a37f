import { readFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Balancer } from "./balancer.ts";

const here = (path: string): string => fileURLToPath(new URL(`./page/${path}`, import.meta.url));
const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
};

interface Demo {
  /** The address of the story's server. */
  readonly storyUrl: string;
  /** Whether it dies only on request of the page. */
  readonly calm: boolean;
  readonly kill: () => void;
  readonly cut: () => void;
}

/** Serves the page, and forwards requests to the story's server. It stays up when that server dies. */
export async function createPageServer({ storyUrl, calm, kill, cut }: Demo): Promise<Server> {
  const files = await bundle();
  const balancer = new Balancer(() => storyUrl);
  const acts: Readonly<Record<string, () => void>> = { "/kill": kill, "/cut": cut };
  return createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const act = request.method === "POST" ? acts[pathname] : undefined;
    if (act) {
      act();
      response.writeHead(204).end();
    } else if (pathname === "/story") {
      balancer.pass(request, response, searchParams);
    } else if (pathname === "/demo.json") {
      sendJson(response, { calm, streams: balancer.streams });
    } else {
      const name = pathname === "/" ? "index.html" : pathname.slice(1);
      const body = files.get(name);
      if (body === undefined) return response.writeHead(404).end();
      const type = types[extname(name)];
      response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(body);
    }
    return response;
  });
}

function sendJson(response: ServerResponse, value: object): void {
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  response.writeHead(200, headers).end(JSON.stringify(value));
}

/** The page's files by name; the scripts and styles with all that they import. */
async function bundle(): Promise<Map<string, string | Uint8Array>> {
  const sources = ["index.ts", "index.css", "pane.ts", "pane.css"];
  const { outputFiles } = await build({
    entryPoints: sources.map(here),
    bundle: true,
    // Errors in whole sentences, for people.
    conditions: ["development"],
    format: "esm",
    outdir: here("."),
    write: false,
  });
  const built = outputFiles.map(({ path, contents }) => [path.slice(here(".").length), contents]);
  const plain = ["index.html", "pane.html"].map(async (name) => [name, await readFile(here(name))]);
  return new Map([...built, ...(await Promise.all(plain))] as [string, Uint8Array][]);
}
