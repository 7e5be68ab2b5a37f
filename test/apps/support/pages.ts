import { createReadStream, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Handler } from "./site.ts";

/** Answers with the scripts of a folder; what is none of them is for the other handler. */
export function scriptsIn(folder: string, otherwise: Handler): Handler {
  return (request, response) => {
    const file = join(folder, new URL(request.url ?? "/", "http://app.test").pathname);
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return otherwise(request, response);
    response.setHeader("Content-Type", "text/javascript");
    return createReadStream(file).pipe(response);
  };
}

/** The pages of an app that vite has built twice: `dist` for browsers, and `dist/server/server.js`, which renders. */
export async function vitePages(app: string): Promise<Handler> {
  const page = readFileSync(join(app, "dist/index.html"), "utf8");
  const { head = "", render } = (await import(join(app, "dist/server/server.js"))) as {
    readonly head?: string;
    readonly render: () => string | Promise<string>;
  };
  return scriptsIn(join(app, "dist"), async (_request, response) => {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(page.replace("<!--head-->", head).replace("<!--app-->", await render()));
  });
}
