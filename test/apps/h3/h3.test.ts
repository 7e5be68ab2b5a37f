import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { publishHandler } from "@steadfeed/server/publish";
import { webHandler } from "@steadfeed/server/web";
import { fromNodeHandler, H3, serve } from "h3";
import { createApp, createRouter, eventHandler, fromNodeMiddleware, toNodeListener } from "h3-1";
import { authorize, serves, type App } from "../serves.ts";

const options = { authorize, maxBytes: 4000 };

async function listen(broker: Broker, listener: Parameters<typeof createServer>[1]): Promise<App> {
  const server = createServer(listener).listen(0, "127.0.0.1");
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

serves("h3 1, by fromNodeMiddleware", () => {
  // #region h3-1
  const broker = new Broker();
  const router = createRouter()
    .get("/events", fromNodeMiddleware(nodeHandler(broker)))
    .post("/publish", fromNodeMiddleware(publishHandler(broker, options)));
  // #endregion
  return listen(broker, toNodeListener(createApp().use(router)));
});

serves("h3 1, by a handler of its own", () => {
  const broker = new Broker();
  const [events, publish] = [nodeHandler(broker), publishHandler(broker, options)];
  const router = createRouter()
    .get(
      "/events",
      eventHandler(({ node }) => events(node.req, node.res)),
    )
    .post(
      "/publish",
      eventHandler(({ node }) => publish(node.req, node.res)),
    );
  return listen(broker, toNodeListener(createApp().use(router)));
});

async function second(broker: Broker, app: H3): Promise<App> {
  const server = serve(app, { port: 0, hostname: "127.0.0.1", silent: true });
  await server.ready();
  return {
    url: server.url!.replace(/\/$/, ""),
    close: async () => {
      await broker.close();
      await server.close();
    },
  };
}

serves("h3 2, by its Request", () => {
  const broker = new Broker();
  // #region h3-2
  const [events, publish] = [webHandler(broker), publishHandler(broker, options)];
  const app = new H3()
    .get("/events", ({ req }) => events(req))
    .post("/publish", ({ req }) => publish(req));
  // #endregion
  return second(broker, app);
});

serves("h3 2, by fromNodeHandler", () => {
  const broker = new Broker();
  const app = new H3()
    .get("/events", fromNodeHandler(nodeHandler(broker)))
    .post("/publish", fromNodeHandler(publishHandler(broker, options)));
  return second(broker, app);
});
