import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientHttp2Stream } from "node:http2";

const created = "http2.client.stream.created";

/**
 * How an HTTP/2 stream ended. undici reports the same end for END_STREAM and for a reset by CANCEL or NO_ERROR, and
 * does not show the stream; Node's diagnostics do, within the call that starts the request.
 */
export class Http2End {
  #stream: ClientHttp2Stream | undefined;

  constructor() {
    const found = (message: unknown): void => {
      this.#stream ??= (message as { stream: ClientHttp2Stream }).stream;
    };
    subscribe(created, found);
    queueMicrotask(() => unsubscribe(created, found));
  }

  /** Whether there is a stream. */
  get known(): boolean {
    return this.#stream !== undefined;
  }

  /**
   * Asked when undici reports the end: `true` by END_STREAM, an error for a reset, `undefined` if that cannot be
   * known. END_STREAM is seen before Node closes the stream, but for a stream that was not being read just then.
   */
  verdict(wasPaused: boolean): true | Error | undefined {
    const { closed, rstCode } = this.#stream!;
    if (!closed) return true;
    if (rstCode === 0 && wasPaused) return undefined;
    return new Error(`the HTTP/2 stream was reset (${rstCode}) before its end`);
  }
}
