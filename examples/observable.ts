// A feed for RxJS: node examples/observable.ts
import { lastValueFrom, take } from "rxjs";
import { startServer } from "./prices.ts";

const { url, close } = await startServer();
// #region observable
import { Feed } from "@steadfeed/client";
import { observe } from "@steadfeed/client/observable";
import { bufferTime, filter, from, map } from "rxjs";

const feed = new Feed(url);

const averages = from(observe(feed, "tick")).pipe(
  map(({ data }) => (JSON.parse(data) as { eur: number }).eur),
  bufferTime(100),
  filter((prices) => prices.length > 0),
  map((prices) => prices.reduce((sum, eur) => sum + eur) / prices.length),
);

const subscription = averages.subscribe({
  next: (eur) => console.log(`${eur.toFixed(2)} € on average`),
  error: (error) => console.error(error), // the feed failed permanently
});
// #endregion
await lastValueFrom(averages.pipe(take(5)));
subscription.unsubscribe();
feed.close();
await close();
