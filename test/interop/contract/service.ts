import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { inspect } from "node:util";
import { Feed, type FeedOptions } from "@steadfeed/client";

/** What the harness asks for: https://github.com/launchdarkly/sse-contract-tests/blob/main/docs/service_spec.md */
interface Params {
  readonly streamUrl: string;
  readonly callbackUrl: string;
  readonly initialDelayMs?: number;
  readonly readTimeoutMs?: number;
  readonly lastEventId?: string;
  readonly headers?: Record<string, string>;
  readonly method?: string;
  readonly body?: string;
}

/** All there are but `event-type-listeners`, by which a client says that it takes each type by its name. */
const capabilities = [
  "bom",
  "comments",
  "headers",
  "last-event-id",
  "post",
  "read-timeout",
  "report",
  "restart",
  "server-directed-shutdown-request",
];

interface Driven {
  readonly feed: Feed;
  readonly listen: (type: string) => void;
}

/** A feed that does what the harness says, and tells it all that happens. */
function createFeed(params: Params, shared: FeedOptions): Driven {
  const { streamUrl, callbackUrl, initialDelayMs, readTimeoutMs } = params;
  const { lastEventId, headers, method, body } = params;
  const feed = new Feed(streamUrl, {
    ...shared,
    retry: { initialDelayMs },
    timeouts: { idleMs: readTimeoutMs ?? false },
    lastEventId,
    headers,
    method,
    body,
  });
  let told = Promise.resolve();
  let count = 0;
  const tell = (message: object): void => {
    const post = { method: "POST", body: JSON.stringify(message) };
    const url = `${callbackUrl}/${++count}`;
    // One at a time; a test that has ended does not listen any more.
    told = told
      .then(() => fetch(url, post))
      .then(
        (response) => void response.body?.cancel(),
        () => undefined,
      );
  };
  feed.on("comment", (comment) => tell({ kind: "comment", comment }));
  feed.on(
    "waiting",
    ({ error }) => error.code !== "ended" && tell({ kind: "error", error: error.message }),
  );
  feed.on(
    "closed",
    ({ error }) => error !== undefined && tell({ kind: "error", error: inspect(error) }),
  );
  const listen = (wanted: string): void => {
    feed.subscribe(wanted, ({ type, data, lastEventId: id }) => {
      tell({ kind: "event", event: { type, data, id } });
    });
  };
  return { feed, listen };
}

/** The service that LaunchDarkly's harness drives, on a port of its own. `shared` are options of every feed; `byType`: it names each type. */
export async function startService(
  shared: FeedOptions,
  byType: boolean,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const feeds = new Map<string, Driven>();
  const offered = byType ? [...capabilities, "event-type-listeners"] : capabilities;
  const handle = async ({ method, url = "" }: IncomingMessage, body: string): Promise<Answer> => {
    if (url === "/") {
      if (method === "GET") return { status: 200, body: JSON.stringify({ capabilities: offered }) };
      if (method !== "POST") return { status: 405 };
      const location = `/feeds/${feeds.size + 1}`;
      // Go says null for what is not set.
      const params = JSON.parse(body, (_, value: unknown) => value ?? undefined) as Params;
      const driven = createFeed(params, shared);
      driven.listen(byType ? "message" : "*");
      feeds.set(location, driven);
      return { status: 201, location };
    }
    const driven = feeds.get(url);
    if (!driven) return { status: 404 };
    if (method === "DELETE") {
      driven.feed.close();
      return { status: 204 };
    }
    const { command, listen } = JSON.parse(body) as { command: string; listen?: { type: string } };
    if (command === "restart") driven.feed.reconnect();
    else if (command === "listen" && listen) driven.listen(listen.type);
    else return { status: 400 };
    return { status: 202 };
  };
  const server = createServer((request, response) => {
    void text(request)
      .then((body) => handle(request, body))
      .catch((error: unknown): Answer => ({ status: 400, body: String(error) }))
      .then(({ status, location, body }) => {
        if (location !== undefined) response.setHeader("Location", location);
        response.writeHead(status).end(body);
      });
  }).listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    async close() {
      for (const { feed } of feeds.values()) feed.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Answer {
  readonly status: number;
  readonly location?: string;
  readonly body?: string;
}
