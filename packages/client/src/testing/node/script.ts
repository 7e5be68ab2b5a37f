import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Head } from "../wire-request.ts";
import { reset } from "./reset.ts";

/**
 * One request to an {@link SseServer}, and the steps of its response. Each step starts after the previous one. After
 * the last step the response stays as it is, open and silent.
 */
export class Script {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #steps: Promise<void> = Promise.resolve();

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
    this.url = request.url ?? "/";
    this.method = request.method ?? "GET";
    this.headers = new Headers(Object.entries(request.headersDistinct).map(flat));
    response.on("error", () => undefined);
  }

  /** The cursor that was sent, as text. */
  get lastEventId(): string | undefined {
    const value = this.headers.get("Last-Event-ID");
    return value === null ? undefined : Buffer.from(value, "latin1").toString();
  }

  /** True while the connection is open and the answer is incomplete. */
  get live(): boolean {
    return !this.#response.closed && !this.#response.writableEnded;
  }

  /** Resolves when all steps so far are done. */
  get done(): Promise<void> {
    return this.#steps;
  }

  /** The request's body, as text. */
  async text(): Promise<string> {
    let text = "";
    for await (const chunk of this.#request.setEncoding("utf8")) text += chunk as string;
    return text;
  }

  /** Answers, by default with an open event stream. Steps that send do this by themselves. */
  answer({ status = 200, headers = { "Content-Type": "text/event-stream" } }: Head = {}): this {
    return this.#then((response) => {
      response.writeHead(status, { "Cache-Control": "no-store", ...headers });
      response.flushHeaders();
      if (status === 204 || status === 304) response.end();
    });
  }

  /** Redirects the client. `status`: 301, 302, 303, 307 or 308; default: 307. */
  redirect(location: string, status = 307): this {
    return this.answer({ status, headers: { Location: location } }).end();
  }

  /**
   * Sends text or bytes as one piece, or cut at the given byte offsets, each piece in a separate turn of the event
   * loop.
   */
  send(data: string | Uint8Array, ...cuts: number[]): this {
    const bytes = Buffer.from(data as string);
    const places = [0, ...cuts, bytes.length];
    return this.#then(async (response) => {
      if (!response.headersSent) response.writeHead(200, { "Content-Type": "text/event-stream" });
      for (const [index, from] of places.slice(0, -1).entries()) {
        if (index > 0) await sleep(1);
        await written(response, bytes.subarray(from, places[index + 1]));
      }
    });
  }

  /** Sends events as one piece: each `1` is an event with the data and the id 1. */
  events(...ids: (string | number)[]): this {
    return this.send(ids.map((id) => `id: ${id}\ndata: ${id}\n\n`).join(""));
  }

  /** Waits for this long, in ms. */
  delay(ms: number): this {
    return this.#then(() => sleep(ms, undefined, { ref: false }));
  }

  /** Waits for ever: later steps never run, and the connection stays open. */
  stall(): this {
    return this.#then(() => new Promise(() => undefined));
  }

  /** Ends the answer in order. */
  end(): this {
    return this.#then((response) => void response.end());
  }

  /** Closes the connection before the answer is complete. */
  truncate(): this {
    return this.#then((response) => void response.socket?.end());
  }

  /**
   * Resets the connection. A client may lose data that was sent just before: add a `delay` before the reset if it must
   * not.
   */
  reset(): this {
    return this.#then((response) => {
      if (response.socket) reset(response.socket);
    });
  }

  #then(step: (response: ServerResponse) => unknown): this {
    this.#steps = this.#steps.then(async () => {
      if (this.live) await step(this.#response);
    });
    // A step only fails by misuse, such as a second answer. Code that awaits `done` gets the error.
    this.#steps.catch(() => undefined);
    return this;
  }
}

const flat = ([name, values]: [string, string[] | undefined]): [string, string] => [
  name,
  (values ?? []).join(", "),
];

/** Waits until the system has the bytes, or the connection is closed. */
async function written(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => {
    response.once("close", resolve);
    response.write(bytes, () => {
      response.off("close", resolve);
      resolve();
    });
  });
}
