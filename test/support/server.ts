import * as http from "node:http";
import * as http2 from "node:http2";
import * as https from "node:https";
import type { AddressInfo, Server, Socket } from "node:net";
import { onTestFinished } from "vitest";
import { ownPort } from "./port.ts";

export type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

export interface ServeOptions {
  /** The port of a server that comes back. Default: one that stays its own when it is killed. */
  readonly port?: number;
  /** Speaks TLS with these. */
  readonly tls?: https.ServerOptions;
  /** Offers HTTP/2 too, with `tls`. Default: `false`. */
  readonly http2?: boolean;
  /** Registers its end. Default: the current test, which must not be concurrent. */
  readonly atEnd?: (kill: () => Promise<void>) => void;
}

export interface TestServer {
  readonly url: string;
  readonly port: number;
  /** The sockets that are open. */
  readonly sockets: ReadonlySet<Socket>;
  /** How many sockets there were. */
  readonly connections: number;
  /** How many requests there were. */
  readonly requests: number;
  /** How many of them are being answered. */
  readonly answering: number;
  /** As if the process were killed: every socket is reset, the port is free. Idempotent. */
  kill(): Promise<void>;
}

/** A real server on 127.0.0.1, which is killed when the test ends. */
export async function serve(handler: Handler, options: ServeOptions = {}): Promise<TestServer> {
  const { port = await ownPort(), tls = {}, atEnd = onTestFinished } = options;
  const sockets = new Set<Socket>();
  const counts = { connections: 0, requests: 0, answering: 0 };
  const count: Handler = (request, response) => {
    counts.requests++;
    counts.answering++;
    response.once("close", () => counts.answering--);
    handler(request, response);
  };
  const server = options.http2
    ? http2.createSecureServer({ ...tls, allowHTTP1: true }, count as never)
    : options.tls
      ? https.createServer(tls, count)
      : http.createServer(count);
  server.on("connection", (socket: Socket) => {
    counts.connections++;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const at = await listen(server, port);
  let killed: Promise<void> | undefined;
  const kill = (): Promise<void> =>
    (killed ??= new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.resetAndDestroy();
    }));
  atEnd(kill);
  return {
    url: `${options.tls ? "https" : "http"}://127.0.0.1:${at}/`,
    port: at,
    sockets,
    get connections() {
      return counts.connections;
    },
    get requests() {
      return counts.requests;
    },
    get answering() {
      return counts.answering;
    },
    kill,
  };
}

/** Makes a server of any kind listen on 127.0.0.1; gives its port. */
export async function listen(server: Server, port = 0, backlog?: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", backlog, resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Answers with the head of an event stream, at once. */
export function openStream(response: http.ServerResponse): http.ServerResponse {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  response.flushHeaders();
  return response;
}
