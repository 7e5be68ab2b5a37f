// A chat whose answers survive reloads and cuts: node examples/chat.ts, then open the printed address
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Broker } from "@steadfeed/server";
import { runHandler } from "@steadfeed/server/node";
import { build } from "esbuild";

async function* model(prompt: string, signal: AbortSignal): AsyncGenerator<string> {
  const words = `You asked “${prompt}”. ${"A feed keeps its place, whatever happens. ".repeat(12)}`;
  for (const word of words.trim().split(" ")) {
    await sleep(120, undefined, { signal });
    yield `${word} `;
  }
}

const broker = new Broker();
const runs = runHandler(broker, {
  authorize: false,
  start: async (request, run) => model((await request.json()).prompt, run.signal),
});

const app = `
  import { createRoot } from "react-dom/client";
  import { Chat } from "./chat.tsx";
  createRoot(document.querySelector("main")).render(<Chat />);
`;
const bundle = await build({
  stdin: { contents: app, loader: "tsx", resolveDir: import.meta.dirname },
  bundle: true,
  format: "esm",
  jsx: "automatic",
  write: false,
});
const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Chat</title>
<meta name="viewport" content="width=device-width"><style>
body { font: 18px/1.5 system-ui; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }
form { display: flex; gap: .5rem } input { flex: 1; min-width: 0 } input, button { font: inherit; padding: .4rem .8rem }
body { overflow-wrap: anywhere } p { min-height: 6rem } .failed { color: #a00 } output { display: block; color: #666; margin-top: 1rem }
</style><main></main><script type="module" src="/app.js"></script></html>`;

const server = createServer((request, response) => {
  if (request.url?.startsWith("/runs")) return runs(request, response);
  const isScript = request.url === "/app.js";
  response.setHeader("Content-Type", isScript ? "text/javascript" : "text/html");
  return response.end(isScript ? bundle.outputFiles[0]?.text : page);
});
const port = Number(process.env["PORT"] ?? 8080);
server.listen(port, () => console.log(`http://localhost:${port}`));

process.once("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
  void broker.close({ graceMs: 100 });
});
