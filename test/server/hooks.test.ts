import { Broker, type Logger } from "@steadfeed/server";
import { expect, test, vi } from "vitest";
import { MemorySink, read, request, settled } from "./support.ts";

test("onConnect gets the request, and its welcome comes before replay and live events", async () => {
  const paths: string[] = [];
  const broker = new Broker<{ name: string }>({
    onConnect: async (session, { path }) => {
      paths.push(path);
      await settled();
      session.send({ type: "welcome", data: session.state.name });
      await broker.publish("s", "live");
    },
  });
  const { id } = await broker.publish("s", "0");
  await broker.publish("s", "replayed");
  const sink = await read(
    broker,
    { streams: "s", state: { name: "Ann" } },
    { lastEventId: id, request: request("/a") },
  );
  expect([paths, sink.got]).toEqual([["/a"], ["Ann", "replayed", "live"]]);
});

test("onDisconnect is called exactly once, whichever side ends the session, with the reason", async () => {
  const reasons: string[] = [];
  const broker = new Broker({
    duplicateClient: "replace",
    onDisconnect: (_, reason) => void reasons.push(reason),
  });
  const left = await read(broker);
  left.leave();
  left.leave();
  await read(broker, { streams: "s", client: "me" });
  const second = await read(broker, { streams: "s", client: "me" });
  for (const session of broker.sessions("me")) session.close();
  second.leave();
  await read(broker);
  await broker.close();
  expect(reasons).toEqual(["client", "replaced", "server", "shutdown"]);
});

test("a reader that leaves during its welcome is still reported once; a refused one never", async () => {
  const disconnected = vi.fn<(...args: unknown[]) => void>();
  const sink = new MemorySink();
  const broker = new Broker({ onConnect: () => sink.leave(), onDisconnect: disconnected });
  await read(broker, "s", { sink });
  expect(disconnected).toHaveBeenCalledExactlyOnceWith(expect.anything(), "client");
  const refusing = new Broker({
    onConnect: () => Promise.reject(new Error("no")),
    onDisconnect: disconnected,
  });
  await expect(read(refusing)).rejects.toMatchObject({ status: 500, cause: new Error("no") });
  expect([disconnected.mock.calls.length, refusing.sessions().size]).toEqual([1, 0]);
});

test("a hook that throws ends only its own session, and is reported", async () => {
  const failures: [unknown, string][] = [];
  const broker = new Broker({
    onDisconnect: () => {
      throw new Error("sync");
    },
    onError: (error, { phase }) => {
      failures.push([(error as Error).message, phase]);
      throw new Error("the reporter too");
    },
  });
  const [one, two] = [await read(broker), await read(broker)];
  one.leave();
  await broker.publish("s", "x");
  await settled();
  expect([two.got, failures]).toEqual([["x"], [["sync", "disconnect"]]]);
});

test("a hook that rejects later does not end the process", async () => {
  const onError = vi.fn<(...args: unknown[]) => void>();
  const broker = new Broker({
    onDisconnect: async () => Promise.reject(new Error("later")),
    onError,
  });
  (await read(broker)).leave();
  await settled();
  expect(onError).toHaveBeenCalledExactlyOnceWith(new Error("later"), { phase: "disconnect" });
});

test("onConnect that fails after its welcome aborts the response", async () => {
  const onError = vi.fn<(...args: unknown[]) => void>();
  const sink = new MemorySink();
  const broker = new Broker({
    onError,
    onConnect: (session) => {
      session.send("welcome");
      throw new Error("half way");
    },
  });
  await read(broker, "s", { sink });
  expect([sink.over, broker.sessions().size]).toEqual(["abort", 0]);
  expect(onError).toHaveBeenCalledExactlyOnceWith(new Error("half way"), { phase: "connect" });
});

test("a logger receives sessions and failures, and one that throws is harmless", async () => {
  const lines: string[] = [];
  const write = (text: string): void => {
    lines.push(text);
    throw new Error("disk full");
  };
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  const broker = new Broker({
    logger,
    onDisconnect: () => Promise.reject(new Error("x")) as never,
  });
  (await read(broker)).leave();
  await settled();
  expect(lines).toEqual(["session opened", "session ended", "disconnect failed"]);
});

test("ids are computed only if they are read", async () => {
  const made = vi.spyOn(crypto, "randomUUID");
  const sink = await read(new Broker());
  sink.leave();
  expect(made).not.toHaveBeenCalled();
  const debug = vi.fn<Logger["debug"]>();
  const logger = { debug, info: debug, warn: debug, error: debug };
  await read(new Broker({ logger }), { streams: "s", client: "me" });
  expect(debug).toHaveBeenCalledWith("session opened", { id: expect.any(String), client: "me" });
  made.mockRestore();
});
