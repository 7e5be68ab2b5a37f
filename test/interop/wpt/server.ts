import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the handlers of the web-platform-tests answer; one that answers bit by bit writes by itself. */
type Handler = (ask: Ask) => Answer | undefined;

interface Ask {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** Where a handler notes what it has seen; the original ones use cookies, which only browsers have. */
  readonly notes: Map<string, string>;
}

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const stream = { "Content-Type": "text/event-stream" };

const handlers: Readonly<Record<string, Handler>> = {
  "/eventsource/resources/message.py": ({ query }) => ({
    headers: { "Content-Type": query.get("mime") ?? "text/event-stream" },
    body: `${query.get("message") ?? "data: data"}${query.get("newline") === "none" ? "" : "\n\n"}\n`,
  }),
  "/eventsource/resources/message2.py": ({ response }) => {
    response.writeHead(200, stream);
    response.write(
      "data:msg\ndata: msg\n\n:\nfalsefield:msg\n\nfalsefield:msg\nData:data\n\ndata\n\ndata:end\n\n",
    );
    return undefined;
  },
  "/eventsource/resources/accept.event_stream": ({ request }) => said(request, "accept"),
  "/eventsource/resources/cache-control.event_stream": ({ request }) =>
    said(request, "cache-control"),
  "/eventsource/resources/last-event-id.py": ({ request, query }) => {
    const id = lastEventId(request);
    const first = `id: ${query.get("idvalue") ?? "…"}\nretry: 200\ndata: hello\n\n`;
    return { headers: stream, body: id ? `data: ${id}\n\n` : first };
  },
  "/eventsource/resources/last-event-id2.py": ({ query }) => {
    const bodies: Record<string, string> = {
      1: "id: 1\ndata: 1\n\ndata: 2\n\nid: 2\ndata:3\n\ndata:4\n\n",
      2: "id: 1\ndata: 1\n\nid:\ndata:2\n\ndata:3\n\n",
      3: "id: 1\ndata: 1\n\nid\ndata:2\n\ndata:3\n\n",
    };
    return { headers: stream, body: bodies[query.get("type") ?? "1"] ?? "" };
  },
  "/eventsource/resources/status-error.py": ({ query }) => ({
    status: Number(query.get("status") ?? 404),
    headers: stream,
    body: "data: data\n\n",
  }),
  "/eventsource/resources/reconnect-fail.py": ({ query, notes }) => {
    const key = `fail ${query.get("id")}`;
    const seen = notes.get(key);
    notes.set(key, seen === undefined ? "opened" : "reconnected");
    if (seen === undefined) return { headers: stream, body: "retry: 2\ndata: opened\n\n" };
    if (seen === "opened") return { headers: stream, body: "data: reconnected\n\n" };
    return { status: 204, headers: stream };
  },
  "/eventsource/resources/status-reconnect.py": ({ query, notes }) => {
    const status = query.get("status") ?? "204";
    const key = `status ${query.get("id") ?? status}`;
    if (notes.delete(key)) return { headers: stream, body: "data: data\n\n" };
    notes.set(key, status);
    const first = query.has("ok_first") ? "data: ok\n\n" : "";
    return { status: Number(status), headers: stream, body: `retry: 2\n${first}` };
  },
  "/eventsource/resources/cors.py": (ask) => {
    const { request, response, query } = ask;
    response.setHeader(
      "Access-Control-Allow-Origin",
      query.get("origin") ?? request.headers.origin ?? "*",
    );
    response.setHeader("Access-Control-Allow-Credentials", query.get("credentials") ?? "true");
    const run = query.get("run") ?? "";
    const paths = [
      `/eventsource/resources/${run}.py`,
      `/eventsource/resources/${run}.event_stream`,
      `/common/${run}.py`,
    ];
    const path = paths.find((each) => each in handlers);
    return path === undefined ? {} : handlers[path]!(ask);
  },
  "/eventsource/resources/cors-cookie.py": ({ request, response, query }) => {
    const ident = query.get("ident") ?? "test";
    const cookie = request.headers.cookie?.includes(`${ident}=COOKIE`) ? "COOKIE" : "NO_COOKIE";
    response.setHeader(
      "Access-Control-Allow-Origin",
      query.get("origin") ?? request.headers.origin ?? "*",
    );
    response.setHeader("Access-Control-Allow-Credentials", query.get("credentials") ?? "true");
    const id = lastEventId(request);
    if (id !== "" && id !== "1") return { headers: { "Content-Type": "stop" } };
    response.setHeader("Set-Cookie", `${ident}=COOKIE; Path=/${id === "1" ? "; Max-Age=0" : ""}`);
    const body =
      id === ""
        ? `id: 1\nretry: 200\ndata: first ${cookie}\n\n`
        : `id: 2\ndata: second ${cookie}\n\n`;
    return { headers: stream, body };
  },
  "/eventsource/resources/cors-unsafe-last-event-id.py": ({ request, response, query, notes }) => {
    const fixture = query.get("fixture") ?? "";
    const expected = { safe: "abc", unsafe: "e5p3n<3k0k0s", long: "a".repeat(255) }[fixture];
    const asked = request.headers["access-control-request-headers"];
    response.setHeader("Access-Control-Allow-Origin", request.headers.origin ?? "*");
    if (asked !== undefined) response.setHeader("Access-Control-Allow-Headers", asked);
    const key = `preflight ${query.get("token")}`;
    if (request.method === "OPTIONS") {
      notes.set(key, asked ?? "");
      return {};
    }
    const id = lastEventId(request);
    if (id === "")
      return { headers: stream, body: `id: ${expected}\nretry: 200\ndata: ${fixture}\n\n` };
    const wanted = fixture === "safe" ? undefined : "last-event-id";
    const well = id === expected && notes.get(key)?.toLowerCase() === wanted;
    return {
      headers: stream,
      body: `event: ${well ? "success" : "failure"}\ndata: got ${id}, preflight for ${notes.get(key)}\n\n`,
    };
  },
  "/common/redirect.py": ({ query }) => ({
    status: Number(query.get("status") ?? 302),
    headers: { Location: query.get("location") ?? "/" },
  }),
};

function said(request: IncomingMessage, name: string): Answer {
  return { headers: stream, body: `data: ${String(request.headers[name])}\n\n` };
}

function lastEventId(request: IncomingMessage): string {
  return Buffer.from(String(request.headers["last-event-id"] ?? ""), "latin1").toString();
}

/** A server with the routes that the eventsource folder asks; `files` answers what is none of them. */
export async function startServer(
  files: (
    path: string,
  ) => Promise<{ type: string; body: string | Uint8Array } | undefined> = async () => undefined,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const notes = new Map<string, Map<string, string>>();
  const server = createServer((request, response) => void serve(request, response));
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://server");
    const host = request.headers.host ?? "";
    if (!notes.has(host)) notes.set(host, new Map());
    const handler = handlers[pathname];
    if (!handler) {
      const file = await files(pathname);
      return void response
        .writeHead(file ? 200 : 404, { "Content-Type": file?.type ?? "text/plain" })
        .end(file?.body);
    }
    const answer = handler({ request, response, query: searchParams, notes: notes.get(host)! });
    if (answer) response.writeHead(answer.status ?? 200, answer.headers).end(answer.body);
  };
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
