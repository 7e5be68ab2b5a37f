import type { FetchLike, NodeOptions } from "../core/options.ts";
import type { BodyInit, RequestCredentials } from "../core/platform.ts";
import type { Phase, ResponseHead } from "../core/status.ts";

/** One request as a transport gets it: every value is final. */
export interface TransportRequest {
  readonly url: URL;
  /** The origin that the user's headers and the token are meant for. */
  readonly origin?: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: BodyInit | undefined;
  readonly credentials: RequestCredentials | undefined;
  /** The cursor, and the origin it may go to; already among the headers if it goes to this one. */
  readonly cursor?: { readonly id: string; readonly origin: string } | undefined;
  /** Where the platform hides redirects and follows them by itself: whether it may. */
  readonly redirect: "follow" | "error";
}

/** The head of an answer; its body comes as bytes. */
export type Head = Omit<ResponseHead, "text">;

/** Gets what comes back, in this order and synchronously: phases, one head, bytes, and one of `ended` and `failed`. */
export interface Receiver {
  /** What is waited for from now on, until the head. `hint`: what the reason may be if it takes long. */
  phase(phase: Phase, hint?: string): void;
  /** `request`: the one that it answers, where a redirect led to another than was sent. */
  head(head: Head, request?: TransportRequest): void;
  bytes(chunk: Uint8Array): void;
  /** Something came, though no bytes of the body yet: the connection lives. */
  alive(): void;
  /** The body ended. `complete`: the transport vouches that nothing is missing. */
  ended(complete?: true): void;
  /** There is no answer, or its body was cut off. `url`: the one that was asked, where a redirect led to another. */
  failed(error: unknown, url?: string): void;
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
  /** Releases all sockets. */
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

/** Whether a body is a stream; a platform may have none. */
export const isStream = (body: unknown): body is ReadableStream =>
  typeof ReadableStream !== "undefined" && body instanceof ReadableStream;
