import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { onTestFinished } from "vitest";

/** What a bare server does with the nth connection (from 1), once its first bytes have come. */
export type Play = (socket: Socket, first: string, number: number) => unknown;

/** A server of bare sockets, over TLS with `tls`; its port. It is gone at the end of the test. */
export async function raw(play: Play, tls?: TlsOptions): Promise<number> {
  let count = 0;
  const begin = (socket: Socket): void => {
    const number = ++count;
    socket.on("error", () => undefined);
    socket.once("data", (bytes) => void play(socket, bytes.toString("latin1"), number));
  };
  return listening(tls ? createTlsServer(tls, begin) : createServer(begin));
}

/** Listens on 127.0.0.1, and is gone with all its sockets at the end of the test. */
export async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** The head of a stream in HTTP/1.1, with more headers. */
export const head = (...headers: string[]): string =>
  ["HTTP/1.1 200 OK", "Content-Type: text/event-stream", ...headers, "\r\n"].join("\r\n");

/** A chunk of `Transfer-Encoding: chunked`. */
export const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

/** A frame of HTTP/2 (RFC 9113, 4.1) on the stream 1, or with type 4 on the connection. */
export function frame(type: number, flags: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(type === 4 ? 0 : 1, 5);
  return Buffer.concat([bytes, payload]);
}
