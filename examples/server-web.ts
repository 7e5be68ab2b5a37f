// Request in, Response out, for Hono, Next, Deno and Bun: node examples/server-web.ts
import { readEvents } from "@steadfeed/parser";
// #region web
import { Broker } from "@steadfeed/server";
import { respond, webHandler } from "@steadfeed/server/web";

const broker = new Broker();
const streams = webHandler(broker, { cors: { origins: ["https://app.example"] } });

async function* countdown(): AsyncGenerator<string> {
  yield* ["3", "2", "1"];
}

// export default { fetch } is a server in Deno and Bun; in Hono: app.get("*", ({ req }) => fetch(req.raw))
const fetch = (request: Request): Response | Promise<Response> =>
  request.url.endsWith("/countdown")
    ? respond(request, (session) => session.from(countdown()))
    : streams(request);
// #endregion
for await (const { data } of readEvents(await fetch(new Request("http://localhost/countdown")))) {
  console.log(data);
}
const response = await fetch(new Request("http://localhost/?stream=prices"));
await broker.publish("prices", { type: "tick", data: { eur: 1.08 } });
for await (const { type, data } of readEvents(response)) {
  console.log(type, data);
  break;
}
await broker.close();
