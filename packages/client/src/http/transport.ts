import type { FetchLike, NodeOptions } from "../core/options.ts";
import type { ResponseHead } from "../core/status.ts";

/** One request as a transport gets it: every value is final. */
export interface TransportRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: BodyInit | undefined;
  readonly credentials: RequestCredentials | undefined;
  /** The cursor, and the origin it may go to; already among the headers if it goes to this one. */
  readonly cursor?: { readonly id: string; readonly origin: string } | undefined;
  /** Where the platform hides redirects and follows them by itself: whether it may. */
  readonly redirect: "follow" | "error";
}

/** Gets what comes back, in this order and synchronously: one head, bytes, one end. */
export interface Receiver {
  head(head: ResponseHead): void;
  bytes(chunk: Uint8Array): void;
  /** The body is complete, or (with an error) it is not. */
  end(error?: unknown): void;
}

/** One answer under way. */
export interface Flow {
  /** Asks for no more bytes; what is already read still comes. */
  pause(): void;
  resume(): void;
  /** Gives up, in any phase. The receiver hears nothing more. */
  abort(): void;
}

/** How bytes are fetched. */
export interface Transport {
  send(request: TransportRequest, receiver: Receiver): Flow;
  /** Lets go of all sockets. */
  close(): void;
}

/** What a transport is made with. */
export interface TransportOptions {
  readonly fetch: FetchLike | undefined;
  readonly node: NodeOptions | undefined;
  /** The longest TCP and TLS set-up in milliseconds, where the platform lets us say. */
  readonly connectMs: number | false;
  /** Whether an open socket keeps a Node process alive. */
  readonly ref: boolean;
}
