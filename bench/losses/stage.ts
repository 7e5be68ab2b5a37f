import { spawn, type ChildProcess } from "node:child_process";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Contender } from "../contenders.ts";
import type { How, Line } from "./player.ts";

/** The server's response to the request of this number, counted from 0. */
export type Script = (response: ServerResponse, number: number) => void;

export interface Asked {
  readonly atMs: number;
  /** The `Last-Event-ID` header's bytes, read as UTF-8. */
  readonly lastEventId: string | undefined;
}

const player = fileURLToPath(new URL("player.ts", import.meta.url));
const streamHead = { "Content-Type": "text/event-stream", "Cache-Control": "no-store" };

/** One scripted server, and one client in a process of its own. */
export class Stage implements AsyncDisposable {
  readonly requests: Asked[] = [];
  readonly lines: (Line & { readonly atMs: number })[] = [];
  /** The streams that are open now. */
  readonly open = new Set<ServerResponse>();
  /** When the client's process exited by itself, if it did. */
  ended: { readonly atMs: number; readonly code: number | null } | undefined;
  stderr = "";
  readonly #server: Server;
  readonly #tls: boolean;
  #sockets = new Set<Socket>();
  #port = 0;
  #process: ChildProcess | undefined;

  constructor(script: Script, tls?: { readonly key: string; readonly cert: string }) {
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      const header = request.headers["last-event-id"] as string | undefined;
      const lastEventId = header && Buffer.from(header, "latin1").toString("utf8");
      this.requests.push({ atMs: performance.now(), lastEventId });
      this.open.add(response);
      response.on("close", () => this.open.delete(response));
      script(response, this.requests.length - 1);
    };
    this.#tls = tls !== undefined;
    this.#server = tls ? createTlsServer(tls, answer) : createServer(answer);
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** Starts the server and the client, and waits for the client's first request, or its exit. */
  async play(client: Contender, how: How = "take"): Promise<void> {
    await this.listen();
    const url = this.#tls ? `https://localhost:${this.#port}/` : `http://127.0.0.1:${this.#port}/`;
    this.#process = spawn(process.execPath, [...process.execArgv, player, client.name, url, how], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let rest = "";
    this.#process.stdout!.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines)
        this.lines.push({ ...(JSON.parse(line) as Line), atMs: performance.now() });
    });
    this.#process.stderr!.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.#process.on("exit", (code) => (this.ended = { atMs: performance.now(), code }));
    await this.until(() => this.requests.length > 0 || this.lines.length > 0, 10_000);
  }

  /** Waits for a condition, or for the client's exit, up to a limit. Returns whether the condition was met. */
  async until(what: () => boolean, limitMs: number): Promise<boolean> {
    const late = performance.now() + limitMs;
    while (!what() && !this.ended && performance.now() < late) await sleep(5);
    return what();
  }

  async listen(): Promise<void> {
    await new Promise<void>((ready) => this.#server.listen(this.#port, ready));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Stops listening and drops every socket. */
  async down(): Promise<void> {
    const closed = new Promise((done) => this.#server.close(done));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  get events(): string[] {
    return this.lines.flatMap((line) => ("event" in line ? [line.event] : []));
  }

  get told(): string[] {
    return this.lines.flatMap((line) => ("told" in line ? [line.told] : []));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { ended } = this;
    const gone = new Promise((done) => this.#process?.on("exit", done));
    this.#process?.kill("SIGKILL");
    if (!ended) await gone;
    await this.down();
  }
}

/** Begins a stream with this text. */
export function stream(response: ServerResponse, text: string): ServerResponse {
  response.writeHead(200, streamHead).write(text);
  return response;
}

/** Cuts a stream off, after the written text has had time to arrive. */
export function reset(response: ServerResponse, afterMs = 50): void {
  setTimeout(() => response.socket?.resetAndDestroy(), afterMs);
}
