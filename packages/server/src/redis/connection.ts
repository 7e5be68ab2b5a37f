/**
 * The used part of a client of `@redis/client` (node-redis) 5 or 6. Another library needs an adapter of a few lines.
 */
export interface RedisClient {
  /** A new, unconnected client with the same options except these. */
  duplicate(overrides?: RedisOverrides): RedisConnection;
  readonly options?: { readonly socket?: object | undefined } | undefined;
}

/** The options for {@link RedisClient.duplicate}: a lost connection stays lost, and no command waits for it. */
export interface RedisOverrides {
  readonly socket: { readonly reconnectStrategy: false; readonly socketTimeout: 0 };
  readonly disableOfflineQueue: true;
}

/** The used part of a connection of `@redis/client`. */
export interface RedisConnection {
  connect(): Promise<unknown>;
  /** Rejects with the error reply of Redis, and when the connection is lost. */
  sendCommand(
    args: readonly string[],
    options?: { readonly typeMapping: Readonly<Record<string, never>> },
  ): Promise<unknown>;
  on(event: "error" | "end", call: (error?: unknown) => void): unknown;
  destroy(): void;
}

/** Text, regardless of the type mapping of the user's client. */
export const asText = { typeMapping: {} } as const;

/** Clients of other libraries, by a property that only they have. Some of them have the same methods. */
const others: readonly [name: string, is: (client: object) => boolean][] = [
  ["a promise: await it", (client) => "then" in client],
  ["of ioredis", (client) => "isCluster" in client],
  ["of createCluster: name one server", (client) => "slots" in client && "masters" in client],
  ["of createSentinel: name the master's server", (client) => "acquire" in client],
  ["of createClientPool", (client) => "execute" in client && !("duplicate" in client)],
  ["of redis 4", (client) => "v4" in client],
  ["of redis 3", (client) => "send_command" in client],
  ["a legacy() view", (client) => !("duplicate" in client) && "sendCommand" in client],
];

const wanted = "redisLog takes createClient({ url }) of @redis/client 5 or 6, or of redis 5 or 6.";

/** Throws a `TypeError` that names the library, before anything is connected. */
export function requireClient(client: unknown): asserts client is RedisClient {
  if (typeof client !== "object" || client === null) {
    throw new TypeError(`client is ${client === null ? "null" : typeof client}. ${wanted}`);
  }
  const other = others.find(([, is]) => is(client));
  if (other) throw new TypeError(`client is ${other[0]}. ${wanted}`);
  if (!("duplicate" in client) || typeof client.duplicate !== "function") {
    throw new TypeError(`client has no duplicate(). ${wanted}`);
  }
  discard(beside(client as RedisClient));
}

/**
 * A connection of our own next to the user's. It never reconnects by itself, because node-redis by default repeats
 * commands whose callers have given up, and stays dead after a timeout.
 */
export function beside(client: RedisClient): RedisConnection {
  const own = { reconnectStrategy: false, socketTimeout: 0 } as const;
  const connection = client.duplicate({
    socket: { ...client.options?.socket, ...own },
    disableOfflineQueue: true,
  });
  for (const method of ["connect", "sendCommand", "on", "destroy"] as const) {
    if (typeof connection?.[method] === "function") continue;
    throw new TypeError(`client.duplicate() returned an object without ${method}(). ${wanted}`);
  }
  return connection;
}

export function discard(connection: RedisConnection): void {
  try {
    connection.destroy();
  } catch {
    // It was never opened, or had closed already.
  }
}
