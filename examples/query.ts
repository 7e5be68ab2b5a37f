// A TanStack query that grows with each event: node examples/query.ts
import { startServer } from "./prices.ts";

const { url, close } = await startServer();
// #region query
import { Feed } from "@steadfeed/client";
import { QueryClient, QueryObserver, experimental_streamedQuery } from "@tanstack/query-core";

const observer = new QueryObserver(new QueryClient(), {
  queryKey: ["ticks"],
  queryFn: experimental_streamedQuery({
    // The feed ends with the last observer.
    streamFn: ({ signal }) => new Feed(url, { signal }).subscribe("tick"),
  }),
});
const unsubscribe = observer.subscribe(({ data, error }) => {
  console.log(error ?? `${data?.length ?? 0} ticks, the newest: ${data?.at(-1)?.data}`);
});
// #endregion
const ticks = () => observer.getCurrentResult().data?.length ?? 0;
while (ticks() < 20) await new Promise((resolve) => setTimeout(resolve, 10));
unsubscribe();
await close();
