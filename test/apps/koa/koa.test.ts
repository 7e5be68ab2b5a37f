import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { bodyParser } from "@koa/bodyparser";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { publishHandler } from "@steadfeed/server/publish";
import Koa from "koa";
import { authorize, serves, type App } from "../serves.ts";

async function start(parses: boolean): Promise<App> {
  const broker = new Broker();
  const events = nodeHandler(broker);
  const publish = publishHandler(broker, { authorize, maxBytes: 4000 });
  const app = new Koa();
  // Koa prints every connection that broke.
  app.silent = true;
  if (parses) app.use(bodyParser({ enableTypes: ["json", "text"], jsonStrict: false }));
  // #region koa
  app.use(({ path, request, response }) =>
    (path === "/publish" ? publish : events)(request, response),
  );
  // #endregion
  const server = createServer(app.callback()).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      await broker.close();
      server.closeIdleConnections();
    },
  };
}

serves("Koa", () => start(false));
serves("Koa after its body parser", () => start(true));
