import { byPath, byQuery } from "@steadfeed/server";
import { expect, test } from "vitest";
import { request } from "./support.ts";

test("the query names one stream or several", () => {
  expect(byQuery()(request("/?stream=a"))).toEqual({ streams: ["a"] });
  expect(byQuery("c")(request("/?c=a&stream=x&c=b%2Fc&c="))).toEqual({ streams: ["a", "b/c"] });
});

test("the path after a base names one stream", () => {
  expect(byPath()(request("/events/channel-1"))).toEqual({ streams: ["events/channel-1"] });
  expect(byPath("/events/")(request("/events/caf%C3%A9"))).toEqual({ streams: ["café"] });
});

test.each([
  [400, () => byQuery()(request("/"))],
  [400, () => byQuery()(request("/?stream="))],
  [400, () => byPath()(request("/"))],
  [400, () => byPath()(request("/%ff"))],
  [404, () => byPath("/events/")(request("/other/x"))],
])("a request that names no stream gets an error: %i", (status, admit) => {
  expect(admit).toThrow(expect.objectContaining({ status }));
});
