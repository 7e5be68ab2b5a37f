// A feed as a store, for frameworks without a binding: node examples/store.ts
import { startServer } from "./prices.ts";

const { url, close } = await startServer();
// #region store
import { FeedBinding } from "@steadfeed/client/store";

const prices = new FeedBinding();
prices.show(url, { types: "tick", history: 5 });

const leave = prices.subscribe(() => {
  const { state, data, error } = prices.getSnapshot();
  console.log(state, data ?? error?.message ?? "…");
});
// #endregion
while (!prices.getSnapshot().event) await new Promise((resolve) => setTimeout(resolve, 10));
leave();
await close();
