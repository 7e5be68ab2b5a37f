/* oxlint-disable unicorn/no-thenable -- thenables are what is tested */
import { describe, expect, test, vi } from "vitest";
import { guard } from "../../packages/client/src/core/guard.ts";

describe("guard", () => {
  const threw = vi.fn<(cause: unknown) => void>();
  const bug = new Error("bug");

  test("calls with the value, and returns synchronously when the function does", () => {
    const call = vi.fn<(value: number) => number>(() => 1);
    expect(guard(call, 7, { threw })).toBeUndefined();
    expect(call).toHaveBeenCalledExactlyOnceWith(7);
    expect(threw).not.toHaveBeenCalled();
  });

  test.each([
    [
      "throws",
      () => {
        throw bug;
      },
    ],
    ["rejects", () => Promise.reject(bug)],
    [
      "gives a thenable that rejects",
      () => ({ then: (_: unknown, fail: (error: Error) => void) => fail(bug) }),
    ],
    [
      "gives a thenable that throws",
      () => ({
        get then() {
          throw bug;
        },
      }),
    ],
  ])("a function that %s is reported once, without side effects", async (_, call) => {
    threw.mockClear();
    await guard(call, undefined, { threw });
    expect(threw).toHaveBeenCalledExactlyOnceWith(bug);
  });

  test.each([null, undefined, 0, "then", { then: 1 }, () => undefined])(
    "%s is not a promise",
    (result) => {
      threw.mockClear();
      expect(guard(() => result, undefined, { threw })).toBeUndefined();
      expect(threw).not.toHaveBeenCalled();
    },
  );
});
