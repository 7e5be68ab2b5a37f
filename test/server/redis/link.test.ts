import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeConnection, linked, silence } from "./fake.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => vi.useRealTimers());

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a command fails at once while the connection is down, and succeeds when it is up", async () => {
  const { link } = linked(() => "PONG");
  await expect(link.call(["PING"])).rejects.toMatchObject({ code: "unavailable" });
  await link.ready();
  expect(await link.call(["PING"])).toBe("PONG");
});

test("a lost connection is replaced by a new one, and the old one is closed", async () => {
  const { link, connections, changes } = linked(() => "PONG");
  await link.ready();
  connections[0]!.lose(new Error("ECONNRESET"));
  await turn();
  expect([link.up, connections[0]!.destroyed, link.failure]).toEqual([
    false,
    true,
    new Error("ECONNRESET"),
  ]);
  await vi.advanceTimersByTimeAsync(50);
  await link.ready();
  expect([connections.length, changes]).toEqual([2, [true, false, true]]);
});

test("the pause between attempts doubles up to two seconds, and each has jitter", async () => {
  const { connections } = linked(() => 1, { door: () => new Error("refused") });
  await vi.advanceTimersByTimeAsync(60_000);
  // Two seconds at most, one at least.
  expect(connections.length).toBeGreaterThan(30);
  expect(connections.length).toBeLessThan(70);
});

test("a command without a reply in time closes the connection, and pending calls reject", async () => {
  const { link, connections } = linked(() => silence);
  await link.ready();
  const waiting = [link.call(["GET"]), link.call(["SET"])].map((call) => call.catch(() => "lost"));
  await vi.advanceTimersByTimeAsync(1000);
  await turn();
  expect(await Promise.all(waiting)).toEqual(["lost", "lost"]);
  expect(connections[0]!.destroyed).toBe(true);
  expect(String(link.failure)).toContain("GET");
});

test("a slow command has its own timeout", async () => {
  const { link } = linked(() => silence);
  await link.ready();
  void link.call(["XREAD"], 5000).catch(() => undefined);
  await vi.advanceTimersByTimeAsync(4000);
  await turn();
  expect(link.up).toBe(true);
});

test("a reply received during a pause of the process still counts", async () => {
  let reply: ((value: unknown) => void) | undefined;
  const { link, connections } = linked(() => "ok");
  await link.ready();
  vi.spyOn(connections[0]!, "sendCommand").mockReturnValue(
    new Promise((resolve) => void (reply = resolve)),
  );
  const waiting = link.call(["GET"]);
  // The timer fires first, then the socket is read.
  vi.advanceTimersByTime(1000);
  reply!("there");
  expect(await waiting).toBe("there");
  await turn();
  expect(link.up).toBe(true);
});

test("a Redis that accepts connections and then refuses, or is silent, is away", async () => {
  const { link, connections } = linked(() => 1, { probe: ["XLEN"] });
  const late = linked(() => 1, { door: () => silence });
  await vi.advanceTimersByTimeAsync(1000);
  expect([link.up, late.link.up]).toEqual([true, false]);
  expect(String(late.link.failure)).toContain("1000 ms");
  connections[0]!.lose();
  const refusing = linked(() => new Error("LOADING"), { probe: ["XLEN"] });
  await turn();
  expect([refusing.link.up, String(refusing.link.failure)]).toEqual([false, "Error: LOADING"]);
});

test("a client factory that makes no connection counts as a Redis that is away, and is reported", async () => {
  const broken = new Error("No such option: tls");
  let works = false;
  const { link } = linked(() => 1, {
    make: () => {
      if (works) return new FakeConnection(() => 1);
      throw broken;
    },
  });
  await turn();
  expect([link.up, link.failure]).toEqual([false, broken]);
  await expect(link.call(["PING"])).rejects.toMatchObject({ code: "unavailable", cause: broken });
  works = true;
  await vi.advanceTimersByTimeAsync(2000);
  expect(link.up).toBe(true);
});

test("a closed link stays closed, and holds no timer", async () => {
  const { link, connections } = linked(() => 1, { door: () => new Error("refused") });
  await turn();
  const waiting = link.ready();
  link.close();
  await waiting;
  await expect(link.call(["GET"])).rejects.toMatchObject({ code: "closed" });
  await turn();
  const { length } = connections;
  await vi.advanceTimersByTimeAsync(10_000);
  expect([connections.length, vi.getTimerCount()]).toEqual([length, 0]);
});
