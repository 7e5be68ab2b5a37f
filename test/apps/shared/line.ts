// A server that streams an answer of any wire format, and a line that breaks: not of our making, as the rest of a test kit.
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";

/** How a connection ends before its answer does. */
export type How = "reset" | "end" | "silence";

/** Where, as a part of what is sent, and how. */
export interface Cut {
  readonly at: number;
  readonly how: How;
}

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  /** The body, as JSON. */
  readonly body: Record<string, unknown>;
  /** 1 for the first. */
  readonly number: number;
}

export interface Server {
  readonly url: string;
  /** Each request, as its method and path. */
  readonly asked: string[];
  /** How many answers are open. */
  open: number;
}

/** Somewhere within an answer, never at its ends; the seed is part of a failing test's name. */
export function somewhere(seed: number): number {
  const x = Math.sin(seed) * 10_000;
  return 0.05 + 0.9 * (x - Math.floor(x));
}

/** Three cuts of three kinds at places of their own, then none. */
export const threeCuts = (seed: number): readonly Cut[] =>
  (["reset", "end", "silence"] as const).map((how, at) => ({ at: somewhere(seed + at), how }));

export async function serve(
  play: (asked: Asked, response: ServerResponse) => unknown,
): Promise<Server> {
  const state: Server = { url: "", asked: [], open: 0 };
  const server = createServer((request, response) => {
    state.open++;
    response.on("error", () => undefined);
    response.on("close", () => state.open--);
    void asked(request, state.asked.length + 1).then((it) => play(it, response));
    state.asked.push(`${request.method} ${request.url}`);
  });
  return Object.assign(state, { url: `http://127.0.0.1:${await portOf(server)}` });
}

/** Listens until the end of the test. */
export async function portOf(server: HttpServer): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

async function asked(request: IncomingMessage, number: number): Promise<Asked> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk as string;
  const { method = "", headers } = request;
  const url = new URL(request.url ?? "/", "http://localhost");
  const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { method, url, headers, body, number };
}

/** Streams the text in pieces of every size, up to the cut. */
export async function stream(
  response: ServerResponse,
  text: string,
  cut?: Cut,
  headers: Record<string, string> = {},
): Promise<void> {
  const bytes = Buffer.from(text);
  const end = cut ? Math.floor(cut.at * bytes.length) : bytes.length;
  response.writeHead(200, { "Content-Type": "text/event-stream", ...headers });
  response.flushHeaders();
  for (let from = 0, size = 1; from < end; from += size, size = (size * 7 + 3) % 41 || 1) {
    response.write(bytes.subarray(from, Math.min(end, from + size)));
    await turn();
  }
  if (cut?.how === "silence") return;
  if (cut?.how !== "reset") return void response.end();
  // What was sent is to arrive before the reset.
  await sleep(20);
  response.socket?.resetAndDestroy();
}

/** A refusal in JSON. */
export function refuse(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(body));
}
