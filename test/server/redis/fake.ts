import { onTestFinished } from "vitest";
import type { RedisConnection } from "../../../packages/server/src/redis/connection.ts";
import { Link, type LinkOptions } from "../../../packages/server/src/redis/link.ts";
import { keysOf, type Keys } from "../../../packages/server/src/redis/settings.ts";

export const keys: Keys = keysOf("p");

/** Answers to commands: a value, an error to reject with, or nothing for now. */
export type Answer = (args: readonly string[]) => unknown;

/** A connection in memory, whose Redis is a function. */
export class FakeConnection implements RedisConnection {
  readonly asked: (readonly string[])[] = [];
  destroyed = false;
  answer: Answer;
  readonly #pending = new Set<(error: Error) => void>();
  readonly #calls = new Map<string, ((error?: unknown) => void)[]>();

  constructor(answer: Answer) {
    this.answer = answer;
  }

  async connect(): Promise<void> {
    const refused = this.answer(["CONNECT"]);
    if (refused instanceof Error) throw refused;
    if (refused === silence) await new Promise(() => undefined);
  }

  sendCommand(args: readonly string[]): Promise<unknown> {
    this.asked.push(args);
    return new Promise((resolve, reject) => {
      this.#pending.add(reject);
      const answer = this.answer(args);
      if (answer === silence) return;
      this.#pending.delete(reject);
      if (answer instanceof Error) reject(answer);
      else resolve(answer);
    });
  }

  on(event: string, call: (error?: unknown) => void): void {
    this.#calls.set(event, [...(this.#calls.get(event) ?? []), call]);
  }

  /** The line breaks. */
  lose(error: Error = new Error("Socket closed unexpectedly")): void {
    for (const call of this.#calls.get("error") ?? []) call(error);
  }

  destroy(): void {
    this.destroyed = true;
    for (const reject of this.#pending) reject(new Error("Disconnects client"));
    this.#pending.clear();
  }
}

/** The answer that never comes. */
export const silence: unique symbol = Symbol("silence");

export interface Linked {
  readonly link: Link;
  /** Every connection that was tried, oldest first. */
  readonly connections: FakeConnection[];
  readonly changes: boolean[];
}

/** What Redis answers when nothing is known but the time. */
const plain: Record<string, unknown> = {
  TIME: ["0", "0"],
  XINFO: [],
  GET: null,
  SET: "OK",
  PING: "PONG",
};

const isPlain = ([command, key]: readonly string[]): boolean =>
  Object.hasOwn(plain, command!) && (key === keys.born || !["GET", "SET"].includes(command!));

/** A link to a Redis that is a function; `door` answers those who connect. */
export function linked(
  answer: Answer,
  { door = () => undefined, ...options }: Partial<LinkOptions> & { door?: Answer } = {},
): Linked {
  const connections: FakeConnection[] = [];
  const changes: boolean[] = [];
  const link = new Link({
    make: () => {
      const connection = new FakeConnection((args) => {
        if (args[0] === "CONNECT") return door(args);
        if (isPlain(args)) return plain[args[0]!];
        return args[0] === "PROBE" ? 0 : answer(args);
      });
      connections.push(connection);
      return connection;
    },
    probe: ["PROBE"],
    timeoutMs: 1000,
    changed: (up) => void changes.push(up),
    ...options,
  });
  onTestFinished(() => link.close());
  return { link, connections, changes };
}

/** An event's entry as Redis replies it. */
export const raw = (id: string, data: string, to = "stream:s"): [string, string[]] => [
  id,
  ["to", to, "data", data],
];
