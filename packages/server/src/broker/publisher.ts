import type { Contract } from "../core/contract.ts";
import { ServerError } from "../core/errors.ts";
import { fieldsOf, type ServerEvent } from "../core/event.ts";
import { own } from "../core/own.ts";
import { describe, requireCount } from "../core/check.ts";
import type { Guard } from "./hooks.ts";
import type { Address, Draft, Log } from "../log/log.ts";
import { clientAddress, isName, type StreamNames } from "./names.ts";
import type { Roster } from "./presence.ts";
import type { Tally } from "../session/tally.ts";
import type { Lifetime } from "./shutdown.ts";

/** The options of one `publish`. */
export interface PublishOptions {
  /**
   * Your own id for the event: unique among the kept events, without control characters or surrounding blanks. Events
   * are ordered by position, not by id. `memoryLog` only.
   */
  readonly id?: string | undefined;
  /** Only for sessions of this version or a later one. */
  readonly minVersion?: number | undefined;
  /** The event expires after so many milliseconds. Default: it never expires. */
  readonly ttlMs?: number | undefined;
  /**
   * Publishing again with the same key, within ten minutes, stores nothing and returns the first event's id, so that an
   * uncertain attempt can be repeated. 1 to 256 characters. `memoryLog` forgets the oldest keys earlier when they take
   * more than a quarter of its `maxBytes`.
   */
  readonly idempotencyKey?: string | undefined;
}

/** The result of a `publish`. */
export interface Published {
  /** The event's id, which readers send back as their cursor. */
  readonly id: string;
  /** The number of open sessions in this process that it reaches. Clients that reconnect later are not counted. */
  readonly sessions: number;
  /** Set when an event with the same `idempotencyKey` was stored before. */
  readonly duplicate?: boolean;
}

/** `tryPublish` refuses while so many events wait for the log. */
const mostUnsettled = 1024;

export interface PublisherParts<State> {
  readonly log: Log;
  readonly names: StreamNames;
  readonly roster: Roster<State>;
  readonly guard: Guard<State>;
  readonly lifetime: Lifetime;
  readonly contract: Contract | undefined;
  readonly eventBytes: number;
  readonly tally: Tally;
}

/** Appends events to the log. Delivery to readers is elsewhere. */
export class Publisher<State> {
  readonly #parts: PublisherParts<State>;
  #unsettled = 0;

  constructor(parts: PublisherParts<State>) {
    this.#parts = parts;
  }

  toStream(
    name: string,
    event: ServerEvent | string,
    options?: PublishOptions,
  ): Promise<Published> {
    return this.#publish(() => this.#parts.names.address(name), event, options, [name]);
  }

  toClient(
    name: string,
    event: ServerEvent | string,
    options?: PublishOptions,
  ): Promise<Published> {
    return this.#publish(() => clientAddress(name), event, options);
  }

  toAll(event: ServerEvent | string, options?: PublishOptions): Promise<Published> {
    return this.#publish(() => "all", event, options);
  }

  /** Whether the log has accepted it, or is about to. */
  tryToStream(name: string, event: ServerEvent | string, options?: PublishOptions): boolean {
    const { names, lifetime } = this.#parts;
    if (isName(name) && !(lifetime.open && names.has(name))) return false;
    const to = names.address(name);
    if (this.#unsettled >= mostUnsettled) return false;
    try {
      const draft = this.#draft(to, event, options, [name]);
      const appended = this.#parts.log.append(draft);
      if (appended instanceof Promise) void this.#follow(appended, draft);
      else this.#parts.tally.keep(draft);
      return true;
    } catch (error) {
      if (error instanceof ServerError && !isMistake(error)) return false;
      throw error;
    }
  }

  #publish(
    address: () => Address,
    event: ServerEvent | string,
    options: PublishOptions | undefined,
    streams?: readonly string[],
  ): Promise<Published> {
    const { log, guard, lifetime, tally } = this.#parts;
    return guard.handled(async () => {
      lifetime.requireOpen();
      const draft = this.#draft(address(), event, options, streams);
      const appended = await log.append(draft);
      if (!appended.duplicate) tally.keep(draft);
      return { ...appended, sessions: this.#count(draft.to, draft.minVersion) };
    });
  }

  #draft(
    to: Address,
    event: ServerEvent | string,
    options: PublishOptions | undefined,
    streams: readonly string[] | undefined,
  ): Draft {
    const { contract, eventBytes } = this.#parts;
    return draftOf(to, event, options, eventBytes, contract, streams);
  }

  async #follow(appended: Promise<unknown>, draft: Draft): Promise<void> {
    const { tally, guard } = this.#parts;
    this.#unsettled++;
    await appended.then(
      () => tally.keep(draft),
      (error: unknown) => guard.failed(error, "publish"),
    );
    this.#unsettled--;
  }

  #count(to: Address, minVersion: number): number {
    const sessions = this.#parts.roster.at(to);
    if (minVersion === Number.NEGATIVE_INFINITY) return sessions.size;
    return [...sessions].filter(({ version }) => version >= minVersion).length;
  }
}

/** An error of the publisher, in contrast to a temporary one. */
const isMistake = ({ code }: ServerError): boolean => code === "invalid" || code === "unknown-type";

/** Throws as {@link fieldsOf}, and `TypeError` for an invalid option. */
export function draftOf(
  to: Address,
  event: ServerEvent | string,
  options: PublishOptions = {},
  limitBytes: number,
  contract?: Contract,
  streams?: readonly string[],
): Draft {
  const given = own("publish", options, ["id", "minVersion", "ttlMs", "idempotencyKey"]);
  const { id, minVersion = Number.NEGATIVE_INFINITY, ttlMs, idempotencyKey } = given;
  for (const [name, value] of [
    ["id", id],
    ["idempotencyKey", idempotencyKey],
  ] as const) {
    if (value === undefined || typeof value === "string") continue;
    throw new TypeError(`${name} must be a string, not ${describe(value)}.`);
  }
  if (typeof minVersion !== "number" || Number.isNaN(minVersion)) {
    throw new TypeError(`minVersion must be a number, not ${describe(minVersion)}.`);
  }
  if (idempotencyKey !== undefined && !/^\P{Cs}{1,256}$/su.test(idempotencyKey)) {
    throw new TypeError("idempotencyKey must have 1 to 256 characters, without lone surrogates.");
  }
  const expiresAt = ttlMs === undefined ? undefined : Date.now() + requireCount("ttlMs", ttlMs, 1);
  return {
    ...fieldsOf(event, contract, streams),
    to,
    id,
    minVersion,
    expiresAt,
    limitBytes,
    idempotencyKey,
  };
}
