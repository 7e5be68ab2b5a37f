import compress from "@fastify/compress";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { publishHandler } from "@steadfeed/server/publish";
import fastify from "fastify";
import { authorize, serves } from "../serves.ts";

serves("Fastify", async () => {
  // #region fastify
  const broker = new Broker();
  const app = fastify({ forceCloseConnections: "idle" });
  await app.register(compress);
  app.addContentTypeParser(
    "application/octet-stream",
    { parseAs: "buffer" },
    (_request, body, done) => done(null, body),
  );
  // What no parser takes is left to the handler. Without this Fastify answers 415 by itself.
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));
  app.get("/events", nodeHandler(broker));
  app.post("/publish", publishHandler(broker, { authorize, maxBytes: 4000 }));
  app.addHook("preClose", () => broker.close());
  // #endregion
  return {
    url: await app.listen({ port: 0, host: "127.0.0.1" }),
    close: () => app.close() as Promise<unknown> as Promise<void>,
  };
});
