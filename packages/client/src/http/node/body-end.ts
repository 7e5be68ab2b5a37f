import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientHttp2Stream } from "node:http2";
import type { Socket } from "node:net";

/** Published by undici and by Node within the call that starts a request, and by Node when an HTTP/2 stream closes. */
const sent = "undici:client:sendHeaders";
const created = "http2.client.stream.created";
const closed = "http2.client.stream.close";

/**
 * How the body of an answer ended, where undici reports the same end for a whole body and for a cut. It does not show the
 * connection, also not that of a dispatcher of the user's; what is published about it does.
 */
export class BodyEnd {
  #socket: Socket | undefined;
  #stream: ClientHttp2Stream | undefined;
  #closed: ((message: unknown) => void) | undefined;
  /** Whether END_STREAM had come when the stream closed. */
  #streamEnded: boolean | undefined;

  /** To be made within the call that starts the request. */
  constructor() {
    let isFound = false;
    const find = (message: unknown): void => {
      const { socket, stream } = message as { socket?: Socket; stream?: ClientHttp2Stream };
      // A request has a socket, and over HTTP/2 a stream next. A second socket is that of another request.
      if (isFound) return;
      isFound = stream !== undefined || this.#socket !== undefined;
      this.#socket ??= socket;
      if (stream) this.#watch(stream);
    };
    subscribe(sent, find);
    subscribe(created, find);
    queueMicrotask(() => {
      unsubscribe(sent, find);
      unsubscribe(created, find);
    });
  }

  /** An answer begins. A connection that is broken by then is not the one it comes from. */
  begin(): void {
    if (this.#socket?.destroyed) this.#socket = undefined;
  }

  /** Asked when undici reports the end: `true` for a whole body, an error for a cut, `undefined` if that cannot be known. */
  verdict(framed: boolean): true | Error | undefined {
    if (this.#stream) return this.#streamVerdict(this.#stream);
    // Where closing says the end, undici takes a reset for one.
    return framed || (this.#socket?.errored ?? undefined);
  }

  /** Stops listening. */
  forget(): void {
    if (this.#closed) unsubscribe(closed, this.#closed);
  }

  #streamVerdict({ closed: isClosed, rstCode }: ClientHttp2Stream): true | Error | undefined {
    const ended = this.#streamEnded;
    if (!isClosed || ended) return true;
    if (ended === undefined && rstCode === 0) return undefined;
    return new Error(`the HTTP/2 stream was reset (${rstCode}) before its end`);
  }

  /** Node ends the queue of a stream that was reset only after it has published this. There is no public name for that. */
  #watch(stream: ClientHttp2Stream): void {
    this.#stream = stream;
    this.#closed = (message: unknown): void => {
      if ((message as { stream: ClientHttp2Stream }).stream !== stream) return;
      const { _readableState: queue } = stream as { _readableState?: { ended?: boolean } };
      this.#streamEnded = queue?.ended;
      this.forget();
    };
    subscribe(closed, this.#closed);
  }
}
