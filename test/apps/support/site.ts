import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** The server of an app: its pages, and streams of prices under `/events/NAME`. */
export class Site {
  readonly #server: Server;
  readonly #open = new Map<string, Set<ServerResponse>>();
  /** The streams that were asked for. */
  readonly asked: string[] = [];

  constructor(pages: Handler) {
    this.#server = createServer((request, response) => {
      const name = /^\/events\/(\w+)/.exec(request.url ?? "")?.[1];
      if (name) this.#stream(name, response);
      else if (request.url === "/favicon.ico") response.writeHead(204).end();
      else pages(request, response);
    });
  }

  async listen(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** How many read the stream now. */
  live(name: string): number {
    return this.#open.get(name)?.size ?? 0;
  }

  send(name: string, eur: number): void {
    for (const response of this.#open.get(name) ?? []) {
      response.write(`event: tick\ndata: ${JSON.stringify({ eur })}\n\n`);
    }
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #stream(name: string, response: ServerResponse): void {
    this.asked.push(name);
    response.writeHead(200, { "Content-Type": "text/event-stream" }).flushHeaders();
    const open = this.#open.get(name) ?? new Set();
    this.#open.set(name, open.add(response));
    response.on("close", () => open.delete(response));
  }
}
