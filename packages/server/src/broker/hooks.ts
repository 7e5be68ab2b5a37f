import { callUnawaited, isThenable } from "../core/hook.ts";
import { requireCount, requireFunction } from "../core/check.ts";
import { Handled } from "../core/handled.ts";
import { longestMs } from "../core/options.ts";
import { Waits } from "../core/waits.ts";
import type { StreamRequest } from "../session/admit.ts";
import type { LogState } from "../log/log.ts";
import type { EndReason } from "../session/ending.ts";
import type { Session } from "../session/session.ts";

/** The hook of yours that threw, or the part that failed. */
export type Phase =
  | "run"
  | "admit"
  | "connect"
  | "disconnect"
  | "headers"
  | "render"
  | "publish"
  | "subscribe"
  | "log";

/** The broker's log output: any of these methods, such as those of `console` or pino. */
export interface Logger {
  debug(text: string, details?: unknown): void;
  info(text: string, details?: unknown): void;
  warn(text: string, details?: unknown): void;
  error(text: string, details?: unknown): void;
}

/** Hooks for a session's life. One that throws fails its own request only. */
export interface Hooks<State> {
  /**
   * A session is admitted: awaited before any event of the log is written to it. Events that you send here are its
   * welcome, and come first. To refuse it, throw a {@link ServerError} before you send; any other error refuses it with
   * 500.
   */
  readonly onConnect?:
    | ((session: Session<State>, request: StreamRequest) => void | Promise<void>)
    | undefined;
  /** A connected session has ended: called once, whichever side ended it. */
  readonly onDisconnect?: ((session: Session<State>, reason: EndReason) => void) | undefined;
  /** A failure that no caller received. Default: it is passed to the logger, without one to `console.error`. */
  readonly onError?: ((error: unknown, where: { readonly phase: Phase }) => void) | undefined;
  /** The engine of the log became unavailable (with the reason), or came back. A log in this process is always `up`. */
  readonly onState?: ((state: LogState, error: unknown) => void) | undefined;
  /** Default: none. */
  readonly logger?: Logger | undefined;
  /**
   * How long a request waits for a hook (`onConnect`, and `admit`, `authorize` and `id` of the handlers), in
   * milliseconds. Then it is answered with 504, and `onError` gets a report. `false`: for ever. Default: 30 000.
   */
  readonly hookMs?: number | false | undefined;
}

export const hookNames = [
  "onConnect",
  "onDisconnect",
  "onError",
  "onState",
  "logger",
  "hookMs",
] as const;

/** Calls the hooks so that none of them can affect the caller. */
export class Guard<State> {
  readonly #hooks: Hooks<State>;
  readonly #waits: Waits;
  /** The waits for `onConnect`: a session that ends stops waiting by itself. */
  readonly #welcomes: Waits;

  constructor(hooks: Hooks<State>) {
    const { hookMs = 30_000 } = hooks;
    if (hookMs !== false) requireCount("hookMs", hookMs, 1, longestMs);
    this.#waits = new Waits(hookMs);
    this.#welcomes = new Waits(hookMs);
    for (const name of hookNames) {
      if (name === "logger" || name === "hookMs" || hooks[name] === undefined) continue;
      requireFunction(name, hooks[name]);
    }
    if (hooks.logger !== undefined) requireLogger(hooks.logger);
    this.#hooks = hooks;
  }

  /** A promise only if the hook returns one. */
  connected(session: Session<State>, request: StreamRequest): void | Promise<void> {
    const welcomed: unknown = this.#hooks.onConnect?.(session, request);
    if (isThenable(welcomed)) {
      return this.#welcomes
        .for("onConnect", welcomed, (late) => this.failed(late, "connect"))
        .then(() => this.#logged("session opened", session));
    }
    this.#logged("session opened", session);
  }

  /** Waits for a hook that a request needs, as {@link Waits.for}. One that takes too long is reported. */
  awaited<T>(hook: string, phase: Phase, given: PromiseLike<T>): Promise<T> {
    return this.#waits.for(hook, given, (late) => this.failed(late, phase));
  }

  /** The broker has ended all sessions: refuses the requests that wait for a hook. */
  end(): void {
    this.#waits.end();
    this.#welcomes.release();
  }

  disconnected(session: Session<State>, reason: EndReason): void {
    this.#logged("session ended", session, reason);
    const { onDisconnect } = this.#hooks;
    if (!onDisconnect) return;
    // An async hook may reject later.
    callUnawaited(
      () => onDisconnect(session, reason),
      (error) => this.failed(error, "disconnect"),
    );
  }

  changed(state: LogState, error: unknown): void {
    this.log(state === "up" ? "info" : "warn", `log ${state}`, error);
    callUnawaited(
      () => this.#hooks.onState?.(state, error),
      (thrown) => this.failed(thrown, "log"),
    );
  }

  failed(error: unknown, phase: Phase): void {
    const { onError, logger } = this.#hooks;
    // A failure without a listener is printed.
    if (!onError && !logger) return console.error(`Steadfeed: ${phase} failed.`, error);
    this.log("error", `${phase} failed`, error);
    callUnawaited(
      () => onError?.(error, { phase }),
      (thrown) => this.log("error", "onError failed", thrown),
    );
  }

  /** Runs a task whose caller may ignore the promise: a failure is then passed to `onError`. */
  handled<T>(work: () => Promise<T>): Promise<T> {
    return new Handled(work(), (error) => this.failed(error, "publish"));
  }

  /** Reads a session's id only for a logger, since the id is computed on first use. */
  #logged(text: string, session: Session<State>, reason?: EndReason): void {
    if (!this.#hooks.logger) return;
    const { id, client } = session;
    this.log("debug", text, reason === undefined ? { id, client } : { id, client, reason });
  }

  log(level: keyof Logger, text: string, details: unknown): void {
    // An error of the logger cannot be reported anywhere.
    callUnawaited(
      () => this.#hooks.logger?.[level](text, details),
      () => undefined,
    );
  }
}

/** A logger without any method would swallow reports. */
function requireLogger(logger: Logger): void {
  for (const level of ["debug", "info", "warn", "error"] as const) {
    requireFunction(`logger.${level}`, (Object(logger) as Partial<Logger>)[level]);
  }
}
