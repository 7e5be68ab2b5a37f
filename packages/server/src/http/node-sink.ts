import { ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import { Socket } from "node:net";
import { ServerError } from "../core/errors.ts";
import {
  isClosed,
  isQueued,
  isUploading,
  nothing,
  reply,
  setHead,
  unframe,
} from "./node-exchange.ts";
import type { NodeRequest, NodeResponse } from "./node-pair.ts";
import type { HeaderFields, Sink, Writer } from "../core/sink.ts";
import { Shared } from "./node-shared.ts";

/** How long a connection may be silent before it is probed. */
export const probeAfterMs = 30_000;
/** HTTP/2's code for a broken stream: a reader must not take it for an end. */
const internalError = 2;
/** More bytes are written in pieces, so that progress is seen before a slow reader has taken all of them. */
const pieceBytes = 64 << 10;

/** A response of `node:http`, `node:https` or `node:http2`. */
export class NodeSink implements Sink {
  readonly #req: NodeRequest;
  readonly #res: NodeResponse;
  /** The destination of bytes once the head is sent. */
  #out: Out;
  #writer: Writer | undefined;
  readonly #shared: Shared;
  /** Whether this class frames the data, since it bypasses the response. */
  #framing = false;
  /** What is written when the pieces before it are taken. */
  #rest: Uint8Array | undefined;
  #broken = false;

  constructor(req: NodeRequest, res: NodeResponse, shared: Shared = new Shared()) {
    this.#req = req;
    this.#res = res;
    this.#out = res;
    this.#shared = shared;
    // A response that breaks is noticed by its close.
    res.on("error", nothing);
  }

  reply(status: number, headers: HeaderFields, body: string | undefined): void {
    reply(this.#req, this.#res, status, headers, body);
  }

  head(status: number, headers: HeaderFields): void {
    if ("stream" in this.#res) {
      setHead(this.#res, status, headers);
      breakWhenDestroyed(this.#res.stream);
    } else this.#begin(this.#res, status, headers);
    // A socket without a time limit has 0, or none yet.
    if ("stream" in this.#res || this.#req.socket.timeout) this.#req.setTimeout(0);
    // Node does not notice the end of a socket while a body on it is unread.
    if (isUploading(this.#req)) this.#req.resume();
  }

  get held(): number {
    return this.#out.writableLength + (this.#rest?.byteLength ?? 0);
  }

  write(bytes: Uint8Array): boolean {
    const framed = this.#framing ? this.#shared.chunks.of(bytes) : bytes;
    if (this.#rest) this.#flush();
    if (framed.byteLength > pieceBytes) {
      this.#rest = framed;
      return this.#writePieces();
    }
    if (this.#out.write(framed)) return true;
    this.#out.once("drain", () => this.#drained());
    return false;
  }

  /** Writes pieces until the socket is full. Returns whether all are written. */
  #writePieces(): boolean {
    for (let rest = this.#rest; rest; rest = this.#rest) {
      const more = rest.byteLength > pieceBytes;
      this.#rest = more ? rest.subarray(pieceBytes) : undefined;
      if (this.#out.write(more ? rest.subarray(0, pieceBytes) : rest)) continue;
      // A piece fills the socket, which may have passed it on at once.
      if (this.#out.writableLength === 0) continue;
      this.#out.once("drain", () => this.#drained());
      return false;
    }
    return true;
  }

  #drained(): void {
    if (this.#writePieces()) this.#writer?.room();
  }

  #flush(): void {
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest) this.#out.write(rest);
  }

  end(): void {
    this.#flush();
    this.#res.end();
  }

  abort(): void {
    if ("stream" in this.#res) return this.#res.stream.close(internalError);
    const { socket } = this.#res;
    // The first call lets a reader that keeps up get the earlier writes. The second call aborts at once.
    const waits = socket && this.#res.headersSent && !socket.writableNeedDrain && !this.#broken;
    this.#broken = true;
    // After this tick, in which the response still passes on earlier writes. There is no last chunk, so it looks
    // broken. HTTP/1.0 has no chunks, and only a reset looks broken there.
    if (waits && this.#res.chunkedEncoding) process.nextTick(() => socket.end());
    else if (waits) process.nextTick(() => socket.resetAndDestroy());
    else this.#res.destroy();
  }

  watch(writer: Writer): void {
    this.#writer = writer;
    if (isClosed(this.#res)) return this.#gone();
    const gone = (): void => this.#gone();
    // Not `once`, which would keep three more objects for each session: it comes once by itself.
    this.#res.on("close", gone);
    // Node 22 emits no `close` on a response that waits for an earlier one when their socket is gone.
    if (isQueued(this.#res)) this.#req.socket.setMaxListeners(0).once("close", gone);
  }

  #gone(): void {
    const writer = this.#writer;
    this.#writer = undefined;
    writer?.gone();
  }

  #begin(res: ServerResponse, status: number, headers: HeaderFields): void {
    const { socket } = this.#req;
    // HTTP/1.1 answers in order, and another response would have to wait for the end of this stream.
    const { taken, probes } = this.#shared;
    if (taken.has(socket)) throw new ServerError("refused", "A stream is open here already.");
    unframe(res);
    // In one call, since headers set by `setHeader` stay in memory as long as the response.
    res.writeHead(status, this.#shared.sendable(headers));
    taken.set(socket, 0);
    if (probes) socket.setKeepAlive(true, probeAfterMs);
    socket.setNoDelay(true);
    if (!isBare(res)) return;
    // Not through the response, which would frame the same bytes again for each reader. HTTP/1.0 has no chunks.
    this.#framing = res.chunkedEncoding;
    res.socket.cork();
    process.nextTick(uncork, res.socket);
    res.flushHeaders();
    this.#out = res.socket;
  }
}

interface Out {
  readonly writableLength: number;
  write(bytes: Uint8Array): boolean;
  once(event: "drain", call: () => void): unknown;
}

const uncork = (socket: Socket): void => socket.uncork();

/** Whether a response is Node's own, has its socket, and no middleware has replaced its `write`. */
const isBare = (res: ServerResponse): res is ServerResponse & { readonly socket: Socket } =>
  res.write === ServerResponse.prototype.write && res.socket instanceof Socket;

/**
 * Makes INTERNAL_ERROR the code of a stream destroyed without an error. Node's code is NO_ERROR, which readers take for
 * an end.
 */
function breakWhenDestroyed(stream: ServerHttp2Stream): void {
  const destroy = stream.destroy.bind(stream);
  stream.destroy = (error) => {
    if (!stream.writableEnded && !stream.closed) stream.close(internalError);
    return destroy(error);
  };
}
