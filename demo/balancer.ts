import { request, type IncomingMessage, type ServerResponse } from "node:http";

/**
 * What stands between a reader and a server in most places: it passes requests on, answers 502 while the server is dead,
 * and breaks off what the server breaks off.
 */
export class Balancer {
  readonly #open = new Set<ServerResponse>();
  readonly #target: () => string;

  constructor(target: () => string) {
    this.#target = target;
  }

  /** How many streams that keep their place it carries now. */
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
