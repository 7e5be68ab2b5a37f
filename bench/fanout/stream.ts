import { cut, tokens, type Sample } from "../fixtures.ts";

/** What is sent over and over. */
export const samples: readonly Sample[] = tokens(4096);
const pieces = cut(samples, 64 * 1024);

/** The bytes of one stream, without a socket: what is timed is what becomes of them. */
export class Stream {
  #controller!: ReadableStreamDefaultController<Uint8Array>;

  readonly fetch = async (): Promise<Response> => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };

  /** All samples once. */
  send(): void {
    for (const piece of pieces) this.#controller.enqueue(piece);
  }
}
