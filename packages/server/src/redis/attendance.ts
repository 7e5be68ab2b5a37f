import type { Address } from "../log/log.ts";
import { refusal, type Link } from "./link.ts";
import type { Keys } from "./settings.ts";

export interface AttendanceOptions {
  readonly link: Link;
  readonly keys: Keys;
  /** This process. */
  readonly node: string;
  /** A node counts as dead after so many milliseconds without a heartbeat. */
  readonly absentMs: number;
  /** Reports whether Redis accepts the writes of this class, or refuses them. */
  readonly well: (error?: unknown) => void;
}

/** Changes within so many milliseconds are written at once; a storm of reconnects costs only a few writes. */
const settleMs = 100;
const mostFields = 1000;

/**
 * The connected sessions of all nodes. Each node keeps its own counts in a hash that expires, so that a dead node needs
 * no cleanup.
 */
export class Attendance {
  readonly #options: AttendanceOptions;
  readonly #here = new Map<Address, number>();
  /** The counts in Redis. */
  #written = new Map<Address, number>();
  readonly #changed = new Set<Address>();
  #settling: ReturnType<typeof setTimeout> | undefined;
  #beating: ReturnType<typeof setInterval> | undefined;

  constructor(options: AttendanceOptions) {
    this.#options = options;
  }

  report(to: Address, sessions: number): void {
    if (sessions > 0) this.#here.set(to, sessions);
    else this.#here.delete(to);
    this.#changed.add(to);
    this.#settling ??= setTimeout(() => this.#settle(), settleMs);
    this.#beating ??= setInterval(() => void this.#beat(), this.#options.absentMs / 3);
  }

  /** Redis may have lost its data. */
  renew(): void {
    if (this.#beating === undefined) return;
    this.#written = new Map();
    for (const to of this.#here.keys()) this.#changed.add(to);
    this.#settle([["DEL", this.#options.keys.node(this.#options.node)]]);
  }

  async count(to: Address): Promise<number> {
    const { link, keys } = this.#options;
    const others = await this.#others();
    const counts = await Promise.all(
      others.map((node) => link.call(["HGET", keys.node(node), to])),
    );
    const here = this.#here.get(to) ?? 0;
    return counts.reduce<number>((sum, count) => sum + Number(count ?? 0), here);
  }

  /** The names of all clients. The size of the reply grows with their number. */
  async clients(): Promise<string[]> {
    const { link, keys } = this.#options;
    const others = await this.#others();
    const fields = await Promise.all(others.map((node) => link.call(["HKEYS", keys.node(node)])));
    const prefix = "client:";
    const known = [...this.#here.keys(), ...(fields as string[][]).flat()];
    const clients = known.filter((field) => field.startsWith(prefix));
    return [...new Set(clients)].map((field) => field.slice(prefix.length));
  }

  /** Withdraws this process's counts. */
  async close(): Promise<void> {
    clearTimeout(this.#settling);
    clearInterval(this.#beating);
    if (this.#written.size === 0) return;
    const { keys, node } = this.#options;
    const leave = this.#send([
      ["DEL", keys.node(node)],
      ["SREM", keys.nodes, node],
    ]);
    // Without Redis the hash expires by itself.
    await leave.catch(() => undefined);
  }

  /** The other nodes. This process knows its own counts better than Redis does. */
  async #others(): Promise<string[]> {
    const { link, keys, node: own } = this.#options;
    const all = (await link.call(["SMEMBERS", keys.nodes])) as string[];
    const nodes = all.filter((node) => node !== own);
    const alive = await Promise.all(nodes.map((node) => link.call(["EXISTS", keys.node(node)])));
    const dead = nodes.filter((_, i) => Number(alive[i]) === 0);
    // A node that only had no sessions for a while is added again with its next report.
    if (dead.length > 0) void this.#send([["SREM", keys.nodes, ...dead]]).catch(() => undefined);
    return nodes.filter((_, i) => Number(alive[i]) === 1);
  }

  #settle(first: readonly string[][] = []): void {
    clearTimeout(this.#settling);
    this.#settling = undefined;
    const { keys, node, absentMs } = this.#options;
    const key = keys.node(node);
    const changed = [...this.#changed].filter((to) => this.#here.get(to) !== this.#written.get(to));
    this.#changed.clear();
    if (changed.length === 0 && first.length === 0) return;
    const set = changed.filter((to) => this.#here.has(to));
    const gone = changed.filter((to) => !this.#here.has(to));
    const counted = new Map(set.map((to) => [to, this.#here.get(to)!]));
    const commands = [...first];
    for (const part of chunks([...counted])) {
      commands.push(["HSET", key].concat(part.flat().map(String)));
    }
    for (const part of chunks(gone)) commands.push(["HDEL", key].concat(part));
    commands.push(["PEXPIRE", key, String(absentMs)], ["SADD", keys.nodes, node]);
    for (const [to, sessions] of counted) this.#written.set(to, sessions);
    for (const to of gone) this.#written.delete(to);
    const { well } = this.#options;
    this.#send(commands).then(
      () => well(),
      (error: unknown) => {
        this.#forget(changed);
        this.#refused(error);
      },
    );
  }

  async #beat(): Promise<void> {
    const { link, keys, node, absentMs } = this.#options;
    if (!link.up || this.#here.size === 0) return;
    try {
      const kept = await link.call(["PEXPIRE", keys.node(node), String(absentMs)]);
      await link.call(["SADD", keys.nodes, node]);
      if (Number(kept) === 0) this.renew();
      else if (this.#changed.size > 0) this.#settle();
    } catch (error) {
      this.#refused(error);
    }
  }

  /** A lost connection is reported by its link, and missed changes are written when it is back. */
  #refused(cause: unknown): void {
    const code = refusal(cause);
    if (code === undefined) return;
    const text = `Redis refuses to store the presence of this process (${code}): other processes do not see its sessions.`;
    this.#options.well(new Error(text, { cause }));
  }

  #forget(changed: readonly Address[]): void {
    for (const to of changed) {
      this.#written.delete(to);
      this.#changed.add(to);
    }
  }

  async #send(commands: readonly (readonly string[])[]): Promise<void> {
    await Promise.all(commands.map((command) => this.#options.link.call(command)));
  }
}

function chunks<T>(items: readonly T[]): T[][] {
  const count = Math.ceil(items.length / mostFields);
  return Array.from({ length: count }, (_, i) => items.slice(i * mostFields, (i + 1) * mostFields));
}
