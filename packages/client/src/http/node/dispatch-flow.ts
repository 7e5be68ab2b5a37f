import type { Dispatcher } from "undici";
import { BodyEnd } from "./body-end.ts";
import { Decompressor, encodingsOf, type DecodedReader } from "./decompress.ts";
import type { BodyReader, DirectBody } from "./direct-body.ts";
import { framingOf, isFramed } from "./framing.ts";
import { FeedError } from "../../core/errors.ts";
import type { Flow, Receiver } from "../transport.ts";

/** The connection that a request takes to its server. */
export interface Route {
  readonly dispatcher: Dispatcher;
  readonly direct?: DirectBody | undefined;
  /**
   * Releases the sockets. Those of a user's dispatcher stay open: there, a request that was given up is kept until it
   * gets a socket, and is then aborted.
   */
  close(): void;
  /** The request that was given up has a socket, or has failed. */
  left?(): void;
}

/** Pieces up to this size, in bytes, are gathered; larger ones are delivered on their own. */
const small = 4096;

/**
 * One request by undici's dispatch, and the body of its answer, passed from undici's handler straight to the receiver.
 */
export class DispatchFlow implements Flow, Dispatcher.DispatchHandler, DecodedReader, BodyReader {
  readonly #receiver: Receiver;
  #route: Route | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #decompressor: Decompressor | undefined;
  #direct: DirectBody | undefined;
  /** The body comes directly from the socket. */
  #isDirect = false;
  /** The next piece of the body was not sent by the server. */
  #isInvented = false;
  #end: BodyEnd | undefined;
  #gathered: Uint8Array[] | undefined;
  #aborted = false;
  /** The head defines where the body ends, so undici reports an error if the body is cut off. */
  #framed = false;
  #url = "";

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  start(route: Route, url: URL, request: Omit<Dispatcher.DispatchOptions, "path">): void {
    this.#url = url.href;
    this.#route = route;
    // The answer to HEAD has no body, whatever its head says.
    if (request.method !== "HEAD") this.#direct = route.direct;
    const { origin, pathname, search } = url;
    const quiet = { bodyTimeout: 0, headersTimeout: 0 };
    route.dispatcher.dispatch(
      bare({ ...request, ...quiet, origin, path: pathname + search }),
      this,
    );
  }

  pause(): void {
    this.#body?.pause();
  }

  resume(): void {
    this.#body?.resume();
  }

  abort(): void {
    this.#aborted = true;
    this.#end?.forget();
    this.#decompressor?.destroy();
    // Before the request has a socket there is nothing to abort.
    if (this.#controller) this.#controller.abort(new Error("closed"));
    else this.#route?.close();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted) {
      this.#route?.left?.();
      return controller.abort(new Error("closed"));
    }
    this.#end = new BodyEnd();
    this.#direct?.expect(this);
    this.#receiver.phase("head");
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    given: Record<string, string | string[] | undefined>,
  ): void {
    if (this.#aborted) return;
    // 1xx answers come before the final one.
    if (status < 200) return this.#receiver.alive();
    this.#end?.begin();
    // The raw headers are views into the first chunk, and would keep it in memory as long as the stream.
    controller.rawHeaders = null;
    const headers = toHeaders(given);
    this.#framed = isFramed(status, headers);
    const encodings = encodingsOf(headers.get("Content-Encoding"));
    if (encodings?.length) this.#decompressor = new Decompressor(encodings, this);
    if (this.#direct?.take(encodings?.length === 0 && framingOf(status, headers))) {
      this.#isDirect = true;
      if (controller.paused) this.#direct.pause();
      controller.resume();
    }
    this.#receiver.head({ url: this.#url, status, headers });
    if (encodings) return;
    const message = "The body has too many encodings: see its Content-Encoding.";
    this.failed(new FeedError("content-type", message));
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#isInvented) this.#isInvented = false;
    else if (!this.#decompressor) this.bytes(chunk);
    else {
      this.#receiver.alive();
      this.#decompressor.push(chunk);
    }
  }

  onResponseEnd(): void {
    const verdict = this.#end?.verdict(this.#framed);
    if (verdict instanceof Error) return this.failed(verdict);
    if (this.#decompressor) this.#decompressor.finish(verdict);
    else this.ended(verdict);
  }

  onResponseError(_: unknown, error: Error): void {
    this.failed(toFeedError(error));
  }

  // undici 5 and 6 call these methods instead. Those versions are not supported, whatever they report.

  onConnect(): void {
    this.failed(outdated());
  }

  onError(cause: unknown): void {
    this.failed(outdated(cause));
  }

  directBytes(bytes: Uint8Array): void {
    if (!this.#aborted) this.#receiver.bytes(bytes);
  }

  handedBack(isPaused: boolean, invented: boolean): void {
    this.#isDirect = false;
    this.#isInvented = invented;
    if (isPaused) this.#controller!.pause();
  }

  /** Joins the small pieces of one read of the socket: delivering each one would cost more than parsing it. */
  bytes(chunk: Uint8Array): void {
    if (this.#aborted) return;
    if (this.#gathered) return void this.#gathered.push(chunk);
    if (chunk.length > small) return this.#receiver.bytes(chunk);
    this.#gathered = [chunk];
    queueMicrotask(() => this.#flush());
  }

  ended(complete?: true): void {
    this.#flush();
    if (!this.#aborted) this.#receiver.ended(complete);
  }

  failed(error: unknown): void {
    this.#flush();
    if (!this.#aborted) this.#receiver.failed(error);
    // The receiver also gives up a request that failed, so this comes last.
    this.#route?.left?.();
  }

  /** The decompressor is full, or has room again. */
  full(full: boolean): void {
    if (full) this.#controller?.pause();
    else this.#controller?.resume();
  }

  /** The source of the bytes, which can be paused. */
  get #body(): { pause(): void; resume(): void } | undefined {
    return this.#isDirect ? this.#direct : (this.#decompressor ?? this.#controller);
  }

  #flush(): void {
    const pieces = this.#gathered;
    this.#gathered = undefined;
    if (!pieces || this.#aborted) return;
    this.#receiver.bytes(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces));
  }
}

/** Copies options to an object without a prototype, since a changed `Object.prototype` would add to them. */
export const bare = <T extends object>(options: T): T =>
  Object.assign(Object.create(null) as object, options);

function toHeaders(raw: Record<string, string | string[] | undefined>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw)) {
    for (const each of [value ?? []].flat()) headers.append(name, each);
  }
  return headers;
}

const outdated = (cause?: unknown): FeedError =>
  new FeedError(
    "unsupported",
    "node.dispatcher must be of undici 7 or 8, such as `new Agent()`: older ones have another interface.",
    { cause },
  );

/** Converts undici's errors that a retry cannot fix, and gives others a clearer message. */
export function toFeedError(error: unknown): unknown {
  const { code, message, cause } = (error ?? {}) as Partial<Error> & { code?: unknown };
  if (code === "UND_ERR_INVALID_ARG" && /^invalid on\w+ method$/.test(message ?? "")) {
    return outdated(error);
  }
  if (code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED") {
    return new FeedError("request", `undici refuses the request: ${message}.`, { cause: error });
  }
  // undici's messages for this mention its parser (8.13 gives no code then), or "sides". For TLS, the cause says more.
  const isCut = message?.endsWith("(Invalid EOF state)");
  if (isCut || (message === "other side closed" && !cause)) {
    return Object.assign(new Error("The server closed the connection."), { code });
  }
  if (code === "UND_ERR_CLOSED" || code === "UND_ERR_DESTROYED") {
    return new FeedError("request", "node.dispatcher is closed.", { cause: error });
  }
  return error;
}
