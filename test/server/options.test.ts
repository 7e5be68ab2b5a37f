import { expect, test } from "vitest";
import {
  resolveBroker,
  resolveHttp,
  resolveSession,
} from "../../packages/server/src/core/options.ts";

test("without options every option has its documented default", () => {
  expect(resolveBroker({})).toEqual({
    heartbeatMs: 15_000,
    retryMs: false,
    slow: { timeoutMs: 30_000, tolerance: 4, policy: "disconnect" },
    streams: "auto",
    duplicateClient: "allow",
    limits: {
      sessions: 50_000,
      sessionsPerClient: 100,
      streamsPerSession: 32,
      eventBytes: 1 << 20,
      cursorChars: 256,
    },
  });
  expect(resolveHttp({})).toEqual({
    cors: false,
    profile: "standard",
    methods: ["GET"],
    cursorParams: ["lastEventId"],
  });
});

test("an explicit undefined means the default, also in groups", () => {
  const { slow, limits } = resolveBroker({
    slow: { timeoutMs: undefined, tolerance: 2 },
    limits: { sessions: undefined },
  });
  expect(slow).toEqual({ timeoutMs: 30_000, tolerance: 2, policy: "disconnect" });
  expect(limits.sessions).toBe(50_000);
});

test("false turns options off", () => {
  expect(resolveSession({ heartbeatMs: false, retryMs: false })).toMatchObject({
    heartbeatMs: false,
    retryMs: false,
  });
  expect(resolveHttp({ cors: false, cursorParams: false })).toMatchObject({
    cors: false,
    cursorParams: false,
  });
});

test.each<[RegExp, () => unknown]>([
  [
    /^heartbeatMs must be an integer from 1 to 2147483647, not 0/,
    () => resolveSession({ heartbeatMs: 0 }),
  ],
  [/^heartbeatMs/, () => resolveSession({ heartbeatMs: 2 ** 31 })],
  [/^retryMs/, () => resolveSession({ retryMs: -1 })],
  [/^retryMs/, () => resolveSession({ retryMs: 1.5 })],
  [/^slow\.timeoutMs/, () => resolveSession({ slow: { timeoutMs: Number.NaN } })],
  [/^slow\.tolerance/, () => resolveSession({ slow: { tolerance: 0 } })],
  [
    /^slow\.policy must be one of resume, skip, disconnect, not "drop"/,
    () => resolveSession({ slow: { policy: "drop" as "skip" } }),
  ],
  [/^limits\.eventBytes/, () => resolveBroker({ limits: { eventBytes: 0 } })],
  [
    /^streams must be "auto", a list of names or a contract, not "prices"/,
    () => resolveBroker({ streams: "prices" as "auto" }),
  ],
  [/^duplicateClient/, () => resolveBroker({ duplicateClient: "kick" as "allow" })],
  [/^profile/, () => resolveHttp({ profile: "rust" as "go" })],
  [/^methods/, () => resolveHttp({ methods: ["PUT" as "POST"] })],
  [/^cors\.origins/, () => resolveHttp({ cors: { origins: "https://a.example" as "*" } })],
  ...["https://a.example/", "https://*.a.example", "a.example", " https://a.example", "*"].map(
    (origin): [RegExp, () => unknown] => [
      /^cors\.origins must have origins such as/,
      () => resolveHttp({ cors: { origins: [origin] } }),
    ],
  ),
  [
    /cors\.credentials cannot go with cors\.origins "\*"/,
    () => resolveHttp({ cors: { origins: "*", credentials: true } }),
  ],
  [/^cors\.headers/, () => resolveHttp({ cors: { origins: "*", headers: ["X Tenant"] } })],
  [/^cors\.maxAgeMs/, () => resolveHttp({ cors: { origins: "*", maxAgeMs: -1 } })],
])("a mistake throws at once: %s", (words, mistake) => {
  expect(mistake).toThrow(TypeError);
  expect(mistake).toThrow(words);
});
