import { knownOptions } from "../../core/own.ts";

/** The address on which a test server listens. */
export interface ListenOptions {
  /** Default: a free port. */
  readonly port?: number | undefined;
  /** Default: `127.0.0.1`. */
  readonly host?: string | undefined;
}

const defaults: { port: number; host: string } = { port: 0, host: "127.0.0.1" };

/** The options with their defaults. Throws `TypeError` for an unknown name. */
export const listenOptions = (owner: string, options: ListenOptions): typeof defaults =>
  knownOptions(owner, options, defaults);
