import { ServerError } from "../core/errors.ts";
import { nextTurn } from "../core/turn.ts";
import { asText, discard, type RedisConnection } from "./connection.ts";

export interface LinkOptions {
  readonly make: () => RedisConnection;
  /** A command that must succeed before the link is up: a Redis that is still loading answers it with an error. */
  readonly probe: readonly string[];
  /** The time limit of a reply. */
  readonly timeoutMs: number;
  /** The link is connected, or connected again, or away. */
  readonly changed: (up: boolean, error: unknown) => void;
}

const firstDelayMs = 50;
const longestDelayMs = 2000;
/** A connection that lasted this long was good: the next attempt is made at once. */
const goodMs = 1000;
/** For this long after a good connection was closed the link still counts as up, and commands wait for the next one. */
const graceMs = 500;
/** Idle connections are closed (by Redis' `timeout`, a balancer, a NAT) only after more than this. */
const pingMs = 500;

/** One connection that is up or reconnecting. A command fails at once while it is down. */
export class Link {
  readonly #options: LinkOptions;
  #connection: RedisConnection | undefined;
  #drop: ((error: unknown) => void) | undefined;
  #failure: unknown;
  #closed = false;
  /** Whether the connection was closed just now, and is expected back soon. */
  #returning = false;
  #unanswered = 0;
  #idle = false;
  #waiting: (() => void)[] = [];
  #wake: (() => void) | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    // Not started before its owner is ready for reports.
    void Promise.resolve().then(() => this.#run());
  }

  get up(): boolean {
    return this.#connection !== undefined || this.#returning;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The reason why it is away. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Errors: rejects with {@link ServerError} `unavailable` while it is away, else as the connection does. */
  async call(
    args: readonly string[],
    timeoutMs: number = this.#options.timeoutMs,
  ): Promise<unknown> {
    if (this.#returning) await this.#settled();
    const connection = this.#connection;
    const drop = this.#drop;
    if (!connection || !drop) throw this.away();
    let answered = false;
    const late = (): void => {
      // After a pause of this process the reply may have arrived and not been read yet.
      nextTurn(() => {
        if (!answered) drop(new Late(`Redis has not answered ${args[0]} for ${timeoutMs} ms.`));
      });
    };
    const timer = setTimeout(late, timeoutMs);
    this.#unanswered++;
    try {
      return await connection.sendCommand(args, asText);
    } finally {
      answered = true;
      clearTimeout(timer);
      this.#unanswered--;
      this.#idle = false;
    }
  }

  away(): ServerError {
    if (this.#closed) return new ServerError("closed", "The log is closed.");
    const cause = this.#failure;
    return new ServerError("unavailable", "Redis is away: nothing was stored.", { cause });
  }

  /** Resolves once it is connected, or closed. */
  async ready(): Promise<void> {
    while (!this.#connection && !this.#closed) await this.#settled();
  }

  close(): void {
    this.#closed = true;
    this.#drop?.(undefined);
    this.#wake?.();
    this.#settle();
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#closed; failures++) {
      let connection: RedisConnection | undefined;
      let openedAt = Number.POSITIVE_INFINITY;
      try {
        connection = this.#options.make();
        const gone = this.#gone(connection);
        await this.#open(connection, gone);
        openedAt = performance.now();
        this.#connection = connection;
        this.#failure = undefined;
        this.#settle();
        this.#options.changed(true, undefined);
        const pinging = setInterval(() => this.#ping(), pingMs);
        this.#failure = await gone;
        clearInterval(pinging);
      } catch (error) {
        // For a link that was closed while it connected, the earlier failure has more information.
        if (!this.#closed) this.#failure = error;
      }
      this.#connection = undefined;
      if (connection) discard(connection);
      if (this.#closed) return;
      if (openedAt < Number.POSITIVE_INFINITY) failures = 0;
      if (performance.now() - openedAt >= goodMs && !(this.#failure instanceof Late)) {
        this.#return();
        continue;
      }
      this.#settle();
      this.#options.changed(false, this.#failure);
      await this.#sleep(Math.min(longestDelayMs, firstDelayMs * 2 ** failures));
    }
  }

  /** The other end closed the connection: it may be back before a report is needed. */
  #return(): void {
    this.#returning = true;
    const giveUp = (): void => {
      this.#settle();
      if (!this.#connection && !this.#closed) this.#options.changed(false, this.#failure);
    };
    const timer = setTimeout(giveUp, graceMs);
    this.#waiting.push(() => clearTimeout(timer));
  }

  #ping(): void {
    // The failure of a ping is the failure of the connection.
    if (this.#idle && this.#unanswered === 0) this.call(["PING"]).catch(() => undefined);
    this.#idle = true;
  }

  /** Resolves with the reason once the connection is lost or dropped. */
  #gone(connection: RedisConnection): Promise<unknown> {
    return new Promise((resolve) => {
      this.#drop = resolve;
      connection.on("error", resolve);
      connection.on("end", resolve);
    });
  }

  async #open(connection: RedisConnection, gone: Promise<unknown>): Promise<void> {
    const { probe, timeoutMs } = this.#options;
    await new Promise<void>((resolve, reject) => {
      const late = (): void =>
        reject(new Error(`Redis accepted no connection for ${timeoutMs} ms.`));
      const timer = setTimeout(() => nextTurn(late), timeoutMs);
      const failed = (error: unknown): void => {
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error("The connection to Redis was lost."));
      };
      void gone.then(failed);
      connection
        .connect()
        .then(() => connection.sendCommand(probe, asText))
        .then(() => {
          clearTimeout(timer);
          resolve();
        }, failed);
    });
  }

  /** Resolves once the state of the connection is known. */
  #settled(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #settle(): void {
    this.#returning = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms / 2 + (Math.random() * ms) / 2);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Redis has not answered in time: this connection may be dead, and the next one too. */
class Late extends Error {}

/** The code at the start of an error reply of Redis; `undefined` for a lost connection. */
export function refusal(error: unknown): string | undefined {
  if (error instanceof ServerError || !(error instanceof Error)) return undefined;
  return /^[A-Z]{2,}\b/.exec(error.message)?.[0];
}
