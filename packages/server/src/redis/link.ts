import { ServerError } from "../core/errors.ts";
import { nextTurn } from "../core/turn.ts";
import { asText, type RedisConnection } from "./connection.ts";

export interface LinkOptions {
  readonly make: () => RedisConnection;
  /** A command that must succeed before the link is up: a Redis that is still loading answers it with an error. */
  readonly probe: readonly string[];
  /** How long Redis may take to answer. */
  readonly timeoutMs: number;
  readonly changed: (up: boolean, error: unknown) => void;
}

const firstDelayMs = 50;
const longestDelayMs = 2000;

/** One connection that is always there or on its way back. A command fails at once while it is away. */
export class Link {
  readonly #options: LinkOptions;
  #connection: RedisConnection | undefined;
  #drop: ((error: unknown) => void) | undefined;
  #failure: unknown;
  #closed = false;
  #waiting: (() => void)[] = [];
  #wake: (() => void) | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    // Not before its maker has what it needs to be told of it.
    void Promise.resolve().then(() => this.#run());
  }

  get up(): boolean {
    return this.#connection !== undefined;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Why it is away. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Errors: rejects with {@link ServerError} `unavailable` while it is away, else as the connection does. */
  call(args: readonly string[], timeoutMs: number = this.#options.timeoutMs): Promise<unknown> {
    const connection = this.#connection;
    const drop = this.#drop;
    if (!connection || !drop) return Promise.reject(this.away());
    let answered = false;
    const late = (): void => {
      // After a pause of this process the answer may be there, only not read yet.
      nextTurn(() => {
        if (!answered) drop(new Error(`Redis has not answered ${args[0]} for ${timeoutMs} ms.`));
      });
    };
    const timer = setTimeout(late, timeoutMs);
    return connection.sendCommand(args, asText).finally(() => {
      answered = true;
      clearTimeout(timer);
    });
  }

  away(): ServerError {
    if (this.#closed) return new ServerError("closed", "The log is closed.");
    const cause = this.#failure;
    return new ServerError("unavailable", "Redis is away: nothing was kept.", { cause });
  }

  /** Resolves once it is up, or closed. */
  ready(): Promise<void> {
    if (this.up || this.#closed) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#closed = true;
    this.#drop?.(undefined);
    this.#wake?.();
    this.#release();
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#closed; failures++) {
      let connection: RedisConnection | undefined;
      try {
        connection = this.#options.make();
        const gone = this.#gone(connection);
        await this.#open(connection, gone);
        failures = 0;
        this.#connection = connection;
        this.#failure = undefined;
        this.#options.changed(true, undefined);
        this.#release();
        this.#failure = await gone;
      } catch (error) {
        this.#failure = error;
      }
      this.#connection = undefined;
      if (connection) discard(connection);
      if (this.#closed) return;
      this.#options.changed(false, this.#failure);
      await this.#sleep(Math.min(longestDelayMs, firstDelayMs * 2 ** failures));
    }
  }

  /** Resolves with the reason once the connection is lost, or dropped. */
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
      const late = (): void => reject(new Error(`Redis let nobody in for ${timeoutMs} ms.`));
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

  #release(): void {
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

function discard(connection: RedisConnection): void {
  try {
    connection.destroy();
  } catch {
    // It was gone already.
  }
}
