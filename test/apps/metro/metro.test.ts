import { once } from "node:events";
import { createServer } from "node:http";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import Metro from "metro";
import { expect, onTestFinished, test } from "vitest";
import { xhrSource } from "../../support/xhr.ts";

const here = fileURLToPath(new URL(".", import.meta.url));

test("Metro bundles a feed for React Native, and the bundle resumes with the APIs that Hermes has", async () => {
  const server = createServer((request, response) => {
    const from = Number(request.headers["last-event-id"] ?? 0);
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write(`id: ${from + 1}\ndata: ${from + 1}\n\nid: ${from + 2}\nda`, () =>
      response.destroy(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });

  const config = await Metro.loadConfig({ cwd: here, config: `${here}metro.config.cjs` });
  const { code } = await Metro.runBuild(config, { entry: "app.js", platform: "ios", dev: false });
  expect(code).not.toMatch(/undici|["']node:/);

  const printed: string[] = [];
  const platform = createContext({
    http,
    TextEncoder,
    TextDecoder,
    URL,
    URLSearchParams,
    Headers,
    AbortController,
    AbortSignal,
    setTimeout,
    clearTimeout,
    setInterval,
    clearInterval,
    queueMicrotask,
    performance,
    console,
    test: {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      print: (data: string) => printed.push(data),
    },
  });
  runInContext(
    `globalThis.XMLHttpRequest = ${xhrSource}; globalThis.window = undefined;`,
    platform,
  );
  runInContext(code, platform);
  await expect.poll(() => printed.slice(0, 3)).toEqual(["1", "2", "3"]);
});
