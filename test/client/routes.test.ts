import { describe, expect, test, vi } from "vitest";
import { Routes } from "../../packages/client/src/feed/routes.ts";
import { Fan } from "../support/fanout.ts";

/** Routes with one subscription for each list of types, and who gets what, by the place in the list. */
function routed(...lists: string[][]) {
  const fan = new Fan();
  const routes = new Routes();
  const members = lists.map((types) => fan.subscribe(types));
  for (const member of members) routes.add(member);
  const to = (type: string): number[] => routes.to(type).map((member) => members.indexOf(member));
  const remove = (place: number): boolean => routes.remove(members[place]!);
  return { routes, members, to, remove };
}

describe("who gets an event", () => {
  test("those of its type, those of a list with it, and those of '*', in the order they were made", () => {
    const { to } = routed(["a"], ["*"], ["b", "a"], ["b"], ["*"], ["a"]);
    expect(to("a")).toEqual([0, 1, 2, 4, 5]);
    expect(to("b")).toEqual([1, 2, 3, 4]);
    expect(to("c")).toEqual([1, 4]);
  });

  test("one that names a type twice gets it once", () => {
    const { to, remove } = routed(["a", "b", "a"]);
    expect([to("a"), to("b")]).toEqual([[0], [0]]);
    remove(0);
    expect(to("a")).toEqual([]);
  });

  test("'*' in a list is '*', and gets each event once", () => {
    const { to } = routed(["a", "*"], ["a"]);
    expect([to("a"), to("b")]).toEqual([[0, 1], [0]]);
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty", "*", ""])(
    "a server that invents the type %j reaches only those who take all",
    (type) => {
      const { to } = routed(["a"], ["*"]);
      expect(to(type)).toEqual([1]);
    },
  );

  test("__proto__ can be subscribed to like any other", () => {
    const { to } = routed(["__proto__"], ["a"]);
    expect([to("__proto__"), to("a")]).toEqual([[0], [1]]);
  });
});

describe("leaving", () => {
  test("takes it off every type, and leaves the order of the others", () => {
    const { routes, to, remove } = routed(["a", "b"], ["a"], ["*"], ["a"]);
    expect([remove(0), remove(2)]).toEqual([true, true]);
    expect([to("a"), to("b"), to("c"), routes.size]).toEqual([[1, 3], [], [], 2]);
  });

  test("one that left, or never came, is not there to leave", () => {
    const { remove, routes } = routed(["a"], ["b"]);
    remove(0);
    expect([remove(0), routes.remove(new Fan().subscribe("b")), routes.size]).toEqual([
      false,
      false,
      1,
    ]);
  });

  test("types that nobody names any more are forgotten: who comes and goes by ever new types leaves nothing", () => {
    const { members } = routed(["*"], ["a"], ["b", "a"]);
    const set = vi.spyOn(Map.prototype, "set");
    const routes = new Routes();
    for (const member of members) routes.add(member);
    const [byType] = set.mock.contexts as Map<string, unknown>[];
    set.mockRestore();
    expect(byType!.size).toBe(2);
    routes.remove(members[2]!);
    expect([...byType!.keys()]).toEqual(["a"]);
    routes.remove(members[1]!);
    expect(byType!.size).toBe(0);
  });

  test("a type that only '*' is left for goes on for '*', in order, also with who comes later", () => {
    const { routes, to, remove, members } = routed(["*"], ["a"], ["*"]);
    remove(1);
    expect(to("a")).toEqual([0, 2]);
    routes.add(members[1]!);
    expect([to("a"), to("b")]).toEqual([
      [0, 2, 1],
      [0, 2],
    ]);
  });
});

describe("a list that was looked up", () => {
  test("never changes, so that those who come and go during a delivery break nothing", () => {
    const { routes, members, remove } = routed(["a"], ["*"], ["a"]);
    const before = routes.to("a");
    const all = routes.all();
    remove(1);
    remove(0);
    routes.add(new Fan().subscribe("a"));
    expect(before).toEqual(members);
    expect(all).toEqual(members);
    expect(routes.to("a")).toHaveLength(2);
  });

  test("is the same one each time: nothing is made for an event", () => {
    const { routes } = routed(["a"], ["*"]);
    expect(routes.to("a")).toBe(routes.to("a"));
    expect(routes.to("x")).toBe(routes.to("y"));
  });
});
