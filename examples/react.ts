// A page of React components that show a feed: node examples/react.ts, then open the printed address
import { createServer } from "node:http";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { build } from "esbuild";
import { api } from "./contract.ts";

const app = `
  import { StrictMode } from "react";
  import { createRoot } from "react-dom/client";
  import { History, Price } from "./react.tsx";
  const url = "/events?stream=prices";
  createRoot(document.querySelector("main")).render(
    <StrictMode><Price url={url} /><History url={url} /></StrictMode>,
  );
`;
const bundle = await build({
  stdin: { contents: app, loader: "tsx", resolveDir: import.meta.dirname },
  bundle: true,
  format: "esm",
  jsx: "automatic",
  write: false,
});

const broker = new Broker({ streams: api });
const streams = nodeHandler(broker);
const timer = setInterval(() => {
  const eur = 100 + Math.round(Math.random() * 100) / 100;
  void broker.publish("prices", { type: "tick", data: { symbol: "ACME", eur } });
}, 500);

const server = createServer((request, response) => {
  if (request.url?.startsWith("/events")) return streams(request, response);
  const isScript = request.url === "/app.js";
  response.setHeader("Content-Type", isScript ? "text/javascript" : "text/html");
  return response.end(isScript ? bundle.outputFiles[0]?.text : page);
});
const page = `<!doctype html><title>Prices</title><main></main><script type="module" src="/app.js"></script>`;
const port = Number(process.env["PORT"] ?? 8080);
server.listen(port, () => console.log(`http://localhost:${port}`));

process.once("SIGTERM", () => {
  clearInterval(timer);
  server.close();
  void broker.close();
});
