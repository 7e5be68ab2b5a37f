import { tokens, type Sample } from "../fixtures.ts";

/** What is sent over and over: less of it to very many subscriptions. */
export const samplesFor = (subscriptions: number): readonly Sample[] =>
  tokens(subscriptions < 1000 ? 4096 : 256);

/** The bytes of one stream, without a socket: only their processing is measured. */
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

  /** All pieces once. */
  send(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.#controller.enqueue(piece);
  }
}
