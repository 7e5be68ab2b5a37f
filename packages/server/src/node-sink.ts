import {
  ServerResponse,
  validateHeaderName,
  validateHeaderValue,
  type IncomingMessage,
} from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { Socket } from "node:net";
import type { StreamRequest } from "./admit.ts";
import type { HeaderFields, Sink, Writer } from "./sink.ts";

export type NodeRequest = IncomingMessage | Http2ServerRequest;
export type NodeResponse = ServerResponse | Http2ServerResponse;

const probeAfterMs = 30_000;
/** HTTP/2's error code for a stream that is not needed any more. */
const cancelled = 8;

/** A response of `node:http`, `node:https` or `node:http2`. */
export class NodeSink implements Sink {
  readonly #req: NodeRequest;
  readonly #res: NodeResponse;
  /** Where bytes go once the head is out. */
  #out: Out;
  #writer: Writer | undefined;

  constructor(req: NodeRequest, res: NodeResponse) {
    this.#req = req;
    this.#res = res;
    this.#out = res;
    // A response that breaks tells by its close.
    res.on("error", nothing);
  }

  reply(status: number, headers: HeaderFields, body: string | undefined): void {
    if (this.#res.headersSent || this.#over) return;
    this.#setHead(status, headers);
    this.#res.end(body ?? "");
  }

  head(status: number, headers: HeaderFields, framed: boolean): void {
    if ("stream" in this.#res) this.#setHead(status, headers);
    else this.#begin(this.#res, status, headers, framed);
    this.#req.setTimeout(0);
    // Behind an unread body, the end of the socket would not be seen.
    this.#req.resume();
  }

  get held(): number {
    return this.#res.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#out.write(bytes)) return true;
    this.#out.once("drain", () => this.#writer?.room());
    return false;
  }

  end(): void {
    this.#res.end();
  }

  abort(): void {
    if ("stream" in this.#res) this.#res.stream.close(cancelled);
    else this.#res.destroy();
  }

  watch(writer: Writer): void {
    this.#writer = writer;
    if (this.#over) return writer.gone();
    this.#res.on("close", () => writer.gone());
  }

  /** HTTP/2's response does not say itself. */
  get #over(): boolean {
    return this.#res.destroyed || ("stream" in this.#res && (this.#res.stream?.destroyed ?? true));
  }

  #setHead(status: number, headers: HeaderFields): void {
    this.#res.statusCode = status;
    for (const [name, value] of Object.entries(headers)) this.#res.setHeader(name, value);
  }

  #begin(res: ServerResponse, status: number, headers: HeaderFields, framed: boolean): void {
    const { socket } = this.#req;
    for (const [name, value] of Object.entries(headers)) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
    // The body ends with the socket: no chunk sizes, which cost bytes and time for every event.
    if (!framed) res.removeHeader("transfer-encoding");
    // In one call: what `setHeader` sets stays in memory as long as the response.
    res.writeHead(status, { ...headers, connection: "close" });
    socket.setKeepAlive(true, probeAfterMs);
    socket.setNoDelay(true);
    if (framed || !isBare(res)) return;
    // Past the response, which without chunk sizes adds nothing to a write but a fifth of its time.
    res.socket.cork();
    process.nextTick(uncork, res.socket);
    res.flushHeaders();
    this.#out = res.socket;
  }
}

interface Out {
  write(bytes: Uint8Array): boolean;
  once(event: "drain", call: () => void): unknown;
}

const nothing = (): void => undefined;
const uncork = (socket: Socket): void => socket.uncork();

/** Whether a response is Node's own, has its socket, and nobody has put himself before its `write`. */
const isBare = (res: ServerResponse): res is ServerResponse & { readonly socket: Socket } =>
  res.write === ServerResponse.prototype.write && res.socket instanceof Socket;

export function nodeRequest(req: NodeRequest): StreamRequest {
  const url = req.url ?? "/";
  const mark = url.indexOf("?");
  return {
    method: req.method ?? "GET",
    path: mark < 0 ? url : url.slice(0, mark),
    get query(): URLSearchParams {
      return new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
    },
    header: (name) => {
      const value = req.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    raw: req,
  };
}
