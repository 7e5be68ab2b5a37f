import { pipeline, Readable } from "node:stream";
import type { FetchInit, FetchLike, FetchResponse } from "@steadfeed/client";
import { request, type Dispatcher } from "undici";
import { decoderOf } from "./decoding.ts";

/** Requests by a dispatcher. Unlike `fetch`, it refuses no port. The body is decoded. */
export function askWith(dispatcher: Dispatcher): FetchLike {
  return async (url: string, init: FetchInit): Promise<FetchResponse> => {
    const { method, headers: given, body: sent, signal } = init;
    const asked = { "accept-encoding": "identity", ...given };
    const {
      statusCode,
      headers: fields,
      body,
    } = await request(url, {
      dispatcher,
      method,
      headers: asked,
      body: (sent ?? null) as string | null,
      signal,
    });
    const headers = new Headers();
    for (const [name, value] of Object.entries(fields))
      for (const each of [value ?? []].flat()) headers.append(name, each);
    const decoder = decoderOf(headers.get("content-encoding")?.trim().toLowerCase() ?? "");
    const decoded = decoder ? pipeline(body, decoder, () => undefined) : body;
    return {
      url,
      type: "default",
      status: statusCode,
      headers,
      body: Readable.toWeb(decoded) as never,
    };
  };
}
