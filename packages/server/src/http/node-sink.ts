import { ServerResponse, validateHeaderName, validateHeaderValue } from "node:http";
import { Socket } from "node:net";
import { ServerError } from "../core/errors.ts";
import {
  isOver,
  isQueued,
  nothing,
  reply,
  setHead,
  type NodeRequest,
  type NodeResponse,
} from "./node-exchange.ts";
import type { HeaderFields, Sink, Writer } from "../core/sink.ts";

/** Sockets that a stream has for itself, with how many requests came behind it. */
export type Taken = WeakMap<object, number>;

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
  readonly #taken: Taken;
  #broken = false;

  constructor(req: NodeRequest, res: NodeResponse, taken: Taken = new WeakMap()) {
    this.#req = req;
    this.#res = res;
    this.#out = res;
    this.#taken = taken;
    // A response that breaks tells by its close.
    res.on("error", nothing);
  }

  reply(status: number, headers: HeaderFields, body: string | undefined): void {
    reply(this.#res, status, headers, body);
  }

  head(status: number, headers: HeaderFields, framed: boolean): void {
    if ("stream" in this.#res) setHead(this.#res, status, headers);
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
    if ("stream" in this.#res) return this.#res.stream.close(cancelled);
    const { socket } = this.#res;
    // A reader that keeps up gets what is on its way. The second time there is no more patience.
    const waits = socket && this.#res.headersSent && !socket.writableNeedDrain && !this.#broken;
    this.#broken = true;
    // The response hands on what it was given in this tick at its end.
    if (waits) process.nextTick(() => socket.end());
    else this.#res.destroy();
  }

  watch(writer: Writer): void {
    this.#writer = writer;
    if (isOver(this.#res)) return this.#over();
    this.#res.once("close", () => this.#over());
    // Node 22 does not tell a response that its socket is gone while it waits behind another one there.
    if (isQueued(this.#res)) this.#req.socket.setMaxListeners(0).once("close", () => this.#over());
  }

  #over(): void {
    const writer = this.#writer;
    this.#writer = undefined;
    writer?.gone();
  }

  #begin(res: ServerResponse, status: number, headers: HeaderFields, framed: boolean): void {
    const { socket } = this.#req;
    // HTTP/1.1 answers in order, and this stream has no end that another answer could wait for.
    if (this.#taken.has(socket)) throw new ServerError("refused", "A stream is open here already.");
    for (const [name, value] of Object.entries(headers)) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
    // The body ends with the socket: no chunk sizes, which cost bytes and time for every event.
    if (!framed) res.removeHeader("transfer-encoding");
    // In one call: what `setHeader` sets stays in memory as long as the response.
    res.writeHead(status, { ...headers, connection: "close" });
    this.#taken.set(socket, 0);
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

const uncork = (socket: Socket): void => socket.uncork();

/** Whether a response is Node's own, has its socket, and nobody has put himself before its `write`. */
const isBare = (res: ServerResponse): res is ServerResponse & { readonly socket: Socket } =>
  res.write === ServerResponse.prototype.write && res.socket instanceof Socket;
