import { callLoose } from "../core/hook.ts";
import { requireFunction } from "../core/check.ts";
import { Handled } from "../core/handled.ts";
import type { StreamRequest } from "../session/admit.ts";
import type { LogState } from "../log/log.ts";
import type { EndReason } from "../session/ending.ts";
import type { Session } from "../session/session.ts";

/** Where something of yours threw, or the log failed. */
export type Phase =
  | "run"
  | "admit"
  | "connect"
  | "disconnect"
  | "headers"
  | "render"
  | "publish"
  | "log";

/** Where the broker logs: any of these methods, such as those of `console` or pino. */
export interface Logger {
  debug(text: string, details?: unknown): void;
  info(text: string, details?: unknown): void;
  warn(text: string, details?: unknown): void;
  error(text: string, details?: unknown): void;
}

/** What you may do at the events of a session's life. One that throws harms its own request only. */
export interface Hooks<State> {
  /**
   * A session is admitted: awaited before anything of the log is written to it. What you send it here is
   * its welcome, and comes first. Throw a {@link ServerError} before you send to refuse it; anything else
   * thrown refuses it with 500.
   */
  readonly onConnect?:
    | ((session: Session<State>, request: StreamRequest) => void | Promise<void>)
    | undefined;
  /** A session that was connected has ended: called once, by whichever side. */
  readonly onDisconnect?: ((session: Session<State>, reason: EndReason) => void) | undefined;
  /** Something failed where no caller could hear of it. Default: it goes to the logger, without one to `console.error`. */
  readonly onError?: ((error: unknown, where: { readonly phase: Phase }) => void) | undefined;
  /** The engine of the log became unavailable (with the reason), or came back. A log in this process is always `up`. */
  readonly onState?: ((state: LogState, error: unknown) => void) | undefined;
  /** Default: none. */
  readonly logger?: Logger | undefined;
}

export const hookNames = ["onConnect", "onDisconnect", "onError", "onState", "logger"] as const;

/** Calls the hooks so that none of them can harm the caller. */
export class Guard<State> {
  readonly #hooks: Hooks<State>;

  constructor(hooks: Hooks<State>) {
    for (const name of hookNames) {
      if (name !== "logger" && hooks[name] !== undefined) requireFunction(name, hooks[name]);
    }
    if (hooks.logger !== undefined) requireLogger(hooks.logger);
    this.#hooks = hooks;
  }

  async connected(session: Session<State>, request: StreamRequest): Promise<void> {
    await this.#hooks.onConnect?.(session, request);
    this.#logged("session opened", session);
  }

  disconnected(session: Session<State>, reason: EndReason): void {
    this.#logged("session ended", session, reason);
    const { onDisconnect } = this.#hooks;
    if (!onDisconnect) return;
    // An async hook may reject later.
    callLoose(
      () => onDisconnect(session, reason),
      (error) => this.failed(error, "disconnect"),
    );
  }

  changed(state: LogState, error: unknown): void {
    this.log(state === "up" ? "info" : "warn", `log ${state}`, error);
    callLoose(
      () => this.#hooks.onState?.(state, error),
      (thrown) => this.failed(thrown, "log"),
    );
  }

  failed(error: unknown, phase: Phase): void {
    const { onError, logger } = this.#hooks;
    // A failure without a listener is printed.
    if (!onError && !logger) return console.error(`Steadfeed: ${phase} failed.`, error);
    this.log("error", `${phase} failed`, error);
    callLoose(
      () => onError?.(error, { phase }),
      (thrown) => this.log("error", "onError failed", thrown),
    );
  }

  /** Runs what a caller need not await: if it does not, a failure goes to `onError`. */
  handled<T>(work: () => Promise<T>): Promise<T> {
    return new Handled(work(), (error) => this.failed(error, "publish"));
  }

  /** Reads a session's id only for a logger: it is made when it is first read, and kept. */
  #logged(text: string, session: Session<State>, reason?: EndReason): void {
    if (!this.#hooks.logger) return;
    const { id, client } = session;
    this.log("debug", text, reason === undefined ? { id, client } : { id, client, reason });
  }

  log(level: keyof Logger, text: string, details: unknown): void {
    // There is nowhere to report what a logger throws.
    callLoose(
      () => this.#hooks.logger?.[level](text, details),
      () => undefined,
    );
  }
}

/** One without a method would swallow what is reported to it. */
function requireLogger(logger: Logger): void {
  for (const level of ["debug", "info", "warn", "error"] as const) {
    requireFunction(`logger.${level}`, (Object(logger) as Partial<Logger>)[level]);
  }
}
