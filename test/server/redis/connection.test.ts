import { createClient } from "@redis/client";
import { expect, test } from "vitest";
import {
  beside,
  type RedisClient,
  type RedisOverrides,
} from "../../../packages/server/src/redis/connection.ts";

test("our connection uses the settings of the user's, and neither queues nor reconnects by itself", () => {
  let asked: RedisOverrides | undefined;
  const client: RedisClient = {
    options: { socket: { host: "h", tls: true, socketTimeout: 5, reconnectStrategy: () => 1 } },
    duplicate: (overrides) => {
      asked = overrides;
      return createClient();
    },
  };
  beside(client);
  expect(asked).toEqual({
    socket: { host: "h", tls: true, socketTimeout: 0, reconnectStrategy: false },
    disableOfflineQueue: true,
  });
});

test("a client of node-redis is accepted, with its url", () => {
  const client = createClient({ url: "redis://127.0.0.1:1/3" });
  const own = beside(client) as ReturnType<typeof createClient>;
  expect(own).not.toBe(client);
  expect(own.options).toMatchObject({ socket: { host: "127.0.0.1", port: 1 }, database: 3 });
});
