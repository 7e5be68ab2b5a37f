import type { NodeOptions } from "../core/node-options.ts";
import type { FetchLike } from "../core/platform.ts";
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
  /** The cursor, and the only origin that it may be sent to. If that is this origin, the headers already contain it. */
  readonly cursor?: { readonly id: string; readonly origin: string } | undefined;
  /** For a platform that follows redirects by itself: `error` forbids it. */
  readonly redirect: "follow" | "error";
}

/** The head of an answer; its body comes as bytes. */
export type Head = Omit<ResponseHead, "text">;

/** Receives the answer, synchronously and in this order: phases, one head, bytes, and then `ended` or `failed`. */
export interface Receiver {
  /** The transport waits for this phase from now on, until the head. `hint`: the likely reason if it takes long. */
  phase(phase: Phase, hint?: string): void;
  /** `request`: the request that it answers, if a redirect made it differ from the one that was sent. */
  head(head: Head, request?: TransportRequest): void;
  /** The chunk is valid only within the call: its memory is used again. What is kept has to be copied. */
  bytes(chunk: Uint8Array): void;
  /** Something arrived, though no bytes of the body yet: the connection is alive. */
  alive(): void;
  /** The body ended. `complete`: the transport guarantees that nothing is missing. */
  ended(complete?: true): void;
  /** There is no answer, or its body was cut off. `url`: the URL of the last request, if a redirect led there. */
  failed(error: unknown, url?: string): void;
}

/** One answer while it is being received. */
export interface Flow {
  /** Asks for no more bytes. Those that were already read are still delivered. */
  pause(): void;
  resume(): void;
  /** Gives up, in any phase. The receiver gets no more calls. */
  abort(): void;
}

/** How bytes are fetched. */
export interface Transport {
  send(request: TransportRequest, receiver: Receiver): Flow;
  /** Releases all sockets. */
  close(): void;
}

/** The options of a transport. */
export interface TransportOptions {
  readonly fetch: FetchLike | undefined;
  readonly node: NodeOptions | undefined;
  /** The longest TCP and TLS set-up in ms, if the platform has such a limit. */
  readonly connectMs: number | false;
  /** True if an open socket keeps a Node process alive. */
  readonly ref: boolean;
}

/** True if a body is a stream. Some platforms have no streams. */
export const isStream = (body: unknown): body is ReadableStream =>
  typeof ReadableStream !== "undefined" && body instanceof ReadableStream;
