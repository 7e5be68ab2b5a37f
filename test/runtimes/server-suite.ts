// A server of ours as every runtime with Request and Response gets it. It runs there, from what was built.
import { Broker } from "@steadfeed/server";
import { publishHandler } from "@steadfeed/server/publish";
import { respond, runHandler, webHandler } from "@steadfeed/server/web";

export interface App {
  readonly fetch: (request: Request) => Response | Promise<Response>;
}

export function brokerApp(): App {
  // workerd notices at the next write that a reader left.
  const broker = new Broker({ heartbeatMs: 300 });
  const streams = webHandler(broker);
  const publish = publishHandler(broker, { authorize: false });
  const runs = runHandler(broker, {
    authorize: false,
    async *start(request, run) {
      for (const word of ["You", "asked", await request.text()]) {
        if (run.signal.aborted) return;
        yield word;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      if (run.id === "bad") throw new Error("no model");
    },
  });
  return {
    fetch: (request) => {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname.startsWith("/runs")) return runs(request);
      if (pathname === "/publish") return publish(request);
      if (pathname === "/readers") {
        return new Response(String(broker.stream(searchParams.get("stream")!).size));
      }
      if (pathname === "/from") return new Response(import.meta.resolve?.("@steadfeed/server"));
      return streams(request);
    },
  };
}

/** One response each, without a broker. */
export function singleApp(): App {
  let left = "nobody left";
  async function* count(): AsyncGenerator<{ type: string; data: unknown }> {
    for (let n = 1; ; n++) {
      yield { type: "count", data: { n } };
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return {
    fetch: (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/left") return new Response(left);
      if (pathname === "/endless") {
        return respond(request, (session) => {
          void session.closed.then((reason) => (left = reason));
          return session.from(count());
        });
      }
      return respond(request, (session) => {
        session.send({ type: "a", data: "x\ny", id: "1" });
        session.json({ b: 1 }, "b");
      });
    },
  };
}
