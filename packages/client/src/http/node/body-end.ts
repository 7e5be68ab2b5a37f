import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientHttp2Stream } from "node:http2";
import type { Socket } from "node:net";

/**
 * Diagnostics channels: undici and Node publish on the first two within the call that starts a request, and Node on the
 * third when an HTTP/2 stream closes.
 */
const sent = "undici:client:sendHeaders";
const created = "http2.client.stream.created";
const closed = "http2.client.stream.close";

/**
 * Finds out how the body of an answer ended, since undici reports the same end for a complete body and for a cut one.
 * undici does not expose its connection, nor does a user's dispatcher, but diagnostics channels publish it.
 */
export class BodyEnd {
  #socket: Socket | undefined;
  #stream: ClientHttp2Stream | undefined;
  #closed: ((message: unknown) => void) | undefined;
  /** True if END_STREAM had arrived when the stream closed. */
  #streamEnded: boolean | undefined;

  /** Create it within the call that starts the request. */
  constructor() {
    let isFound = false;
    const find = (message: unknown): void => {
      const { socket, stream } = message as { socket?: Socket; stream?: ClientHttp2Stream };
      // A request publishes a socket and, over HTTP/2, then a stream. A second socket belongs to another request.
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

  /** An answer begins. A connection that is already broken is not the one that the answer comes from. */
  begin(): void {
    if (this.#socket?.destroyed) this.#socket = undefined;
  }

  /**
   * Called when undici reports the end. Returns `true` for a complete body, an error for a cut one, `undefined` if
   * unknown.
   */
  verdict(framed: boolean): true | Error | undefined {
    if (this.#stream) return this.#streamVerdict(this.#stream);
    // If closing the connection marks the end, undici takes a reset for a normal end.
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

  /**
   * Node ends the queue of a reset stream only after it has published the close, so the queue shows if END_STREAM
   * arrived. No public property shows it.
   */
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
