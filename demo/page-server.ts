import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";

const files: Readonly<Record<string, readonly [file: string, type: string]>> = {
  "/": ["page.html", "text/html"],
  "/page.css": ["page.css", "text/css"],
  "/page.js": ["page.js", "text/javascript"],
  "/tally.js": ["tally.js", "text/javascript"],
  "/steadfeed.js": ["../packages/client/dist/browser.js", "text/javascript"],
};

/** Serves the page. It lives beside the story's server, so that the page stays when that one dies. */
export function createPageServer(storyUrl: string, kill: () => void): Server {
  return createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://page").pathname;
    if (request.method === "POST" && path === "/kill") {
      kill();
      response.writeHead(204).end();
      return;
    }
    if (path === "/config.json") {
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ storyUrl }));
      return;
    }
    const [file, type] = files[path] ?? [];
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    const body = await readFile(new URL(file, import.meta.url));
    response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(body);
  });
}
