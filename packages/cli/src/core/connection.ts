import { readFileSync } from "node:fs";
import { text as textOf } from "node:stream/consumers";
import { Feed, type FeedOptions, type TlsOptions } from "@steadfeed/client";
import { exits, Failure } from "./exit.ts";

/** The options for reaching a server, as typed. */
export interface ConnectionArguments {
  readonly header?: readonly string[];
  readonly token?: string;
  readonly post?: string;
  readonly method?: string;
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly insecure?: boolean;
  readonly http1?: boolean;
  readonly proxy?: string;
  readonly unixSocket?: string;
}

/** The parsed options for reaching a server. */
export interface Connection {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly token: string | (() => string) | undefined;
  readonly body: string | undefined;
  readonly tls: TlsOptions;
  /** A proxy's URL, `env`, or `undefined` for none. */
  readonly proxy: string | undefined;
  readonly socketPath: string | undefined;
  readonly http2: boolean;
}

/**
 * Reads the files that the options name. Throws {@link Failure} for one that cannot be read, `TypeError` for an option
 * that no request can have.
 */
export async function connectionOf(given: ConnectionArguments): Promise<Connection> {
  const { post, method, unixSocket, cacert, cert, key, servername, insecure } = given;
  // No proxy leads to a socket.
  const { proxy = unixSocket === undefined ? "env" : "none" } = given;
  const body = post === undefined ? undefined : await textAt(post);
  const connection: Connection = {
    method: method?.toUpperCase() ?? (body === undefined ? "GET" : "POST"),
    headers: { ...(body !== undefined && typeOf(body)), ...headersOf(given.header ?? []) },
    token: tokenOf(given.token ?? process.env["STEADFEED_TOKEN"]),
    body,
    tls: {
      ...(cacert !== undefined && { ca: read(cacert) }),
      ...(cert !== undefined && { cert: read(cert) }),
      ...(key !== undefined && { key: read(key) }),
      ...(servername !== undefined && { servername }),
      ...(insecure && { rejectUnauthorized: false }),
    },
    proxy: proxy === "none" ? undefined : proxy,
    socketPath: unixSocket,
    http2: !given.http1,
  };
  // A feed that nobody subscribes to checks its options, and makes no request.
  new Feed("http://localhost", feedOptionsOf(connection)).close();
  return connection;
}

/** A feed with these options. */
export function feedOptionsOf(connection: Connection): FeedOptions {
  const { method, headers, token, body, tls, proxy, socketPath, http2 } = connection;
  return { method, headers, token, body, node: { tls, proxy, socketPath, http2 } };
}

/** The headers of one request without a feed. Throws `TypeError` for one that cannot be sent. */
export function headersFor({ headers, token }: Connection): Record<string, string> {
  const value = typeof token === "function" ? token() : token;
  const all = { ...headers, ...(value !== undefined && { authorization: `Bearer ${value}` }) };
  for (const [name, text] of Object.entries(all)) {
    // oxlint-disable-next-line no-control-regex -- these characters are looked for
    if (/[\0\r\n]|[^\0-\xFF]/.test(text)) {
      const what = name === "authorization" ? "token" : `header ${name}`;
      throw new TypeError(
        `The ${what} cannot be sent: it has a character that no header can have.`,
      );
    }
  }
  return all;
}

/** The text itself; `@FILE`: the content of the file; `@-`: standard input. */
function textAt(given: string): Promise<string> | string {
  if (given === "@-") return textOf(process.stdin);
  return given.startsWith("@") ? read(given.slice(1)) : given;
}

/** Each `Name: value`; `@FILE`: a file with one per line. */
function headersOf(given: readonly string[]): Record<string, string> {
  const lines = given.flatMap((each) =>
    each.startsWith("@") ? read(each.slice(1)).split(/\r?\n/).filter(Boolean) : [each],
  );
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name, value = ""] = /^([\w!#$%&'*+.^`|~-]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined) {
      throw new Failure(`A header is "Name: value", not ${JSON.stringify(line)}.`, exits.usage);
    }
    headers[name] = value;
  }
  return headers;
}

/** A token in a file is read at each attempt, since it may have been replaced. */
function tokenOf(given: string | undefined): string | (() => string) | undefined {
  if (!given?.startsWith("@")) return given;
  const file = given.slice(1);
  read(file);
  return () => read(file).trim();
}

function typeOf(body: string): Record<string, string> {
  try {
    JSON.parse(body);
    return { "Content-Type": "application/json" };
  } catch {
    return {};
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new Failure(`${file} cannot be read: ${(cause as Error).message}.`, exits.usage, cause);
  }
}
