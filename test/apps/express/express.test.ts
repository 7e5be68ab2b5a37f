import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Broker, byPath } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { publishHandler } from "@steadfeed/server/publish";
import compression from "compression";
import express5 from "express";
import express4 from "express-4";
import helmet from "helmet";
import { expect, onTestFinished, test } from "vitest";
import { authorize, serves, type App } from "../serves.ts";

const versions = { "Express 5": express5, "Express 4": express4 as unknown as typeof express5 };

async function start(express: typeof express5, parsers: boolean): Promise<App> {
  // #region express
  const broker = new Broker();
  const app = express();
  app.use(helmet(), compression());
  app.get("/events", nodeHandler(broker));
  app.use("/mounted", nodeHandler(broker, { admit: byPath("/mounted/") }));
  // #endregion
  if (parsers) app.use(express.json({ strict: false }), express.text(), express.raw());
  app.post("/publish", publishHandler(broker, { authorize, maxBytes: 4000 }));
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      await broker.close();
      server.closeIdleConnections();
      if (server.listening) await once(server, "close");
    },
  };
}

for (const [name, express] of Object.entries(versions)) {
  serves(name, () => start(express, false));
  serves(`${name} after its body parsers`, () => start(express, true));

  test(`${name}: byPath finds the stream under a mount path`, async () => {
    const app = await start(express, false);
    onTestFinished(() => app.close());
    const response = await fetch(`${app.url}/mounted/s`, {
      headers: { "accept-encoding": "gzip" },
    });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    await response.body?.cancel();
  });
}
