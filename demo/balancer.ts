import { request, type IncomingMessage, type ServerResponse } from "node:http";

/**
 * A load balancer between readers and the server, as in most deployments: it forwards requests, answers 502 while the
 * server is dead, and passes broken connections on.
 */
export class Balancer {
  readonly #open = new Set<ServerResponse>();
  readonly #target: () => string;

  constructor(target: () => string) {
    this.#target = target;
  }

  /** The number of resumable streams that it carries now. */
  get streams(): number {
    return this.#open.size;
  }

  pass(incoming: IncomingMessage, response: ServerResponse, query: URLSearchParams): void {
    const { headers, method = "GET" } = incoming;
    const url = `${this.#target()}?${query}`;
    const outgoing = request(url, { method, headers: { ...headers, host: new URL(url).host } });
    outgoing.once("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.once("error", () => response.destroy()).pipe(response);
    });
    outgoing.once("error", () => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502, { "content-type": "text/plain" }).end("the server is dead");
    });
    if (!query.has("now")) this.#open.add(response);
    response.once("close", () => {
      this.#open.delete(response);
      outgoing.destroy();
    });
    outgoing.end();
  }
}
