import type { FetchFunction } from "@ai-sdk/provider-utils";
import { steadyFetch, type SteadyFetchOptions } from "@steadfeed/client/fetch";
import OpenAI from "openai";
import { fetch as undiciFetch } from "undici";
import { expectTypeOf, test } from "vitest";

test("a steady fetch is a fetch, for the platform and for other clients", () => {
  expectTypeOf<ReturnType<typeof steadyFetch>>().toEqualTypeOf<typeof globalThis.fetch>();
  expectTypeOf<ReturnType<typeof steadyFetch>>().toExtend<FetchFunction>();
  expectTypeOf(() => new OpenAI({ fetch: steadyFetch() })).returns.toEqualTypeOf<OpenAI>();
});

test("the platform's fetch, and wrappers of it, are accepted", () => {
  expectTypeOf<typeof globalThis.fetch>().toExtend<NonNullable<SteadyFetchOptions["fetch"]>>();
  expectTypeOf(() => steadyFetch({ fetch: (url) => globalThis.fetch(url) })).returns.toBeFunction();
  expectTypeOf(() =>
    steadyFetch({ fetch: (url: string | URL, init?: RequestInit) => fetch(url, init) }),
  ).returns.toBeFunction();
  // @ts-expect-error -- undici's own Response is not the platform's
  expectTypeOf(() => steadyFetch({ fetch: undiciFetch })).returns.toBeFunction();
});

test("resume and until have typed events; options that only a feed has are refused", () => {
  expectTypeOf<SteadyFetchOptions>().not.toHaveProperty("node");
  expectTypeOf<SteadyFetchOptions>().not.toHaveProperty("method");
  expectTypeOf(() =>
    steadyFetch({
      until: ({ data }) => data === "[DONE]",
      resume: ({ request, response, last }) =>
        last && { url: response.headers.get("Location") ?? request.url, cursor: "query" },
      onStatus: (status) => status.kind === "waiting" && status.error.code,
    }),
  ).returns.toBeFunction();
  // @ts-expect-error -- there is no such way
  expectTypeOf(() => steadyFetch({ resume: () => ({ url: "/", replay: "again" }) })).toBeFunction();
});
