import { createServer, get, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { connect, type AddressInfo, type Server, type Socket } from "node:net";
import type { NodeHandler } from "@steadfeed/server/node";
import { onTestFinished } from "vitest";

/** Serves until the test ends, on HTTP/1.1 or HTTP/2. */
export async function listen(handler: RequestListener, version: 1 | 2 = 1): Promise<string> {
  const server: Server =
    version === 1 ? createServer(handler) : createHttp2Server(handler as NodeHandler);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export interface Reply {
  readonly res: IncomingMessage;
  /** What has arrived so far. */
  readonly text: () => string;
  /** Resolves when this much has arrived. */
  readonly has: (part: string) => Promise<string>;
  /** Resolves with `end` or `abort`. */
  readonly over: Promise<string>;
}

/** Opens a stream with Node's own client. */
export async function open(url: string, headers: Record<string, string> = {}): Promise<Reply> {
  const res = await new Promise<IncomingMessage>((resolve, reject) => {
    const req = get(url, { headers, agent: false }, resolve).on("error", reject);
    onTestFinished(() => void req.destroy());
  });
  let text = "";
  let look: (() => void) | undefined;
  res.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    look?.();
  });
  const over = new Promise<string>((resolve) => {
    res.on("end", () => resolve("end")).on("error", () => resolve("abort"));
  });
  const has = (part: string): Promise<string> =>
    new Promise((resolve) => {
      look = () => void (text.includes(part) && resolve(text));
      look();
    });
  return { res, text: () => text, has, over };
}

/** Sends bytes and gives back everything that arrives until `until` has, or the socket ends. */
export function raw(url: string, bytes: string, until = "\0"): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
      if (text.includes(until)) socket.destroy();
    });
    socket.on("close", () => resolve(text)).on("error", reject);
  });
}
