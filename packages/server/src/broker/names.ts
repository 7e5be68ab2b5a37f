import type { Contract } from "../core/contract.ts";
import { ServerError } from "../core/errors.ts";
import type { Address } from "../log/log.ts";

/**
 * Whether a text can name a stream or a client. A lone surrogate cannot, since two of them become equal when encoded.
 */
export const isName = (name: unknown): name is string =>
  typeof name === "string" && name.length > 0 && name.length <= 256 && !/\p{Cs}/u.test(name);

/** The address of a client's events. Throws `TypeError` for an invalid name. */
export function clientAddress(name: unknown): Address {
  if (isName(name)) return `client:${name}`;
  throw new TypeError("client must be a name of 1 to 256 characters.");
}

/** The available streams: any name, or the declared ones. With a contract only its own can be declared. */
export class StreamNames {
  readonly #declared: Set<string> | undefined;
  readonly #contract: Contract | undefined;

  constructor(streams: "auto" | Iterable<string>, contract?: Contract) {
    this.#declared = streams === "auto" ? undefined : new Set(streams);
    this.#contract = contract;
  }

  /** The declared names; `undefined` if any name is a stream. */
  get declared(): ReadonlySet<string> | undefined {
    return this.#declared;
  }

  has(name: string): boolean {
    if (!this.#declared || this.#declared.has(name)) return true;
    return this.#contract?.isOneOfMany(name) ?? false;
  }

  declare(name: string): void {
    if (!isName(name)) return;
    if (this.#contract && !this.#contract.has(name)) {
      throw new ServerError(
        "unknown-stream",
        `The contract has no stream ${name}: add it to defineStreams().`,
      );
    }
    this.#declared?.add(name);
  }

  delete(name: string): void {
    this.#declared?.delete(name);
  }

  /** Throws `TypeError` for an invalid name, {@link ServerError} `unknown-stream` for an undeclared one. */
  address(name: string): Address {
    if (!isName(name)) throw new TypeError("stream must be a name of 1 to 256 characters.");
    if (this.has(name)) return `stream:${name}`;
    throw new ServerError(
      "unknown-stream",
      `No such stream: ${name}. Declare it, or use streams: "auto".`,
    );
  }
}
