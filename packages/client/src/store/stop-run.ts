import type { FeedOptions } from "../core/options.ts";

/**
 * Asks a server to stop a run: a DELETE to its URL, with these `headers` and `credentials`; headers that are a function are
 * left out.
 *
 * Errors: rejects with what `fetch` does, and with an `Error` for an answer that is no success
 */
export async function stopRun(
  url: string | URL,
  options: Pick<FeedOptions, "headers" | "credentials" | "fetch"> = {},
): Promise<void> {
  const { headers, credentials } = options;
  const ask = (options.fetch ?? fetch) as typeof globalThis.fetch;
  const response = await ask(url, {
    method: "DELETE",
    ...(headers && typeof headers !== "function" && { headers }),
    ...(credentials && { credentials }),
  });
  if (!response.ok) throw new Error(`${String(url)} answered ${response.status} to its stop.`);
}
