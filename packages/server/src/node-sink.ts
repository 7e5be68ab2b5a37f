import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
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

  constructor(req: NodeRequest, res: NodeResponse) {
    this.#req = req;
    this.#res = res;
    // A response that breaks tells by its close.
    res.on("error", () => undefined);
  }

  reply(status: number, headers: HeaderFields, body: string | undefined): void {
    if (this.#res.headersSent || this.#over) return;
    this.#setHead(status, headers);
    this.#res.end(body ?? "");
  }

  head(status: number, headers: HeaderFields, framed: boolean): void {
    const { socket, httpVersionMajor } = this.#req;
    this.#setHead(status, headers);
    if (httpVersionMajor < 2) {
      this.#res.setHeader("connection", "close");
      // The body ends with the socket: no chunk sizes, which cost bytes and time for every event.
      if (!framed) this.#res.removeHeader("transfer-encoding");
      socket.setKeepAlive(true, probeAfterMs);
      socket.setNoDelay(true);
    }
    this.#req.setTimeout(0);
    // Behind an unread body, the end of the socket would not be seen.
    this.#req.resume();
  }

  get held(): number {
    return this.#res.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    const res: { write(chunk: Uint8Array): boolean } = this.#res;
    return res.write(bytes);
  }

  end(): void {
    this.#res.end();
  }

  abort(): void {
    if ("stream" in this.#res) this.#res.stream.close(cancelled);
    else this.#res.destroy();
  }

  watch(writer: Writer): void {
    if (this.#over) return writer.gone();
    this.#res.on("drain", () => writer.room());
    this.#res.once("close", () => writer.gone());
  }

  /** HTTP/2's response does not say itself. */
  get #over(): boolean {
    return this.#res.destroyed || ("stream" in this.#res && (this.#res.stream?.destroyed ?? true));
  }

  #setHead(status: number, headers: HeaderFields): void {
    this.#res.statusCode = status;
    for (const [name, value] of Object.entries(headers)) this.#res.setHeader(name, value);
  }
}

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
