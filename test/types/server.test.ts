import { Broker, type Admission, type Refusal } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { webHandler } from "@steadfeed/server/web";
import { expectTypeOf, test } from "vitest";

interface User {
  readonly name: string;
}

const broker = (): Broker<User> => new Broker<User>();

test("admit returns the state that the broker's sessions have, or refuses", () => {
  expectTypeOf(() =>
    nodeHandler(broker(), {
      admit: async ({ header }) =>
        header("authorization") ? { streams: "s", state: { name: "ann" } } : { status: 401 },
    }),
  ).returns.toBeFunction();
  expectTypeOf(() =>
    webHandler(broker(), {
      admit: async ({ query }): Promise<Admission<User> | Refusal> =>
        query.has("me") ? { streams: "s", state: { name: "ann" } } : { status: 401 },
    }),
  ).returns.toBeFunction();
  expectTypeOf(() =>
    // @ts-expect-error -- the broker's sessions have a name
    nodeHandler(broker(), { admit: () => ({ streams: "s" }) }),
  ).returns.toBeFunction();
});
