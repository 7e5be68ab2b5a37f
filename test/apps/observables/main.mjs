// Takes two events by one library: node main.mjs LIBRARY URL
import { Feed } from "@steadfeed/client";
import { observe } from "@steadfeed/client/observable";

/** Makes an observable of the library. */
const from = {
  rxjs: async () => (await import("rxjs")).from,
  xstream: async () => (await import("xstream")).default.default.fromObservable,
  "zen-observable": async () => {
    const { default: Observable } = await import("zen-observable");
    return (observable) => Observable.from(observable);
  },
};

const [, , library, url] = process.argv;
const feed = new Feed(url);
const ticks = (await from[library]())(observe(feed, "tick"));
const got = [];
const subscription = ticks.subscribe({
  next({ data }) {
    got.push(data);
    if (got.length < 2) return;
    subscription.unsubscribe();
    // Some leave a little later.
    setTimeout(() => {
      console.log(...got, feed.state);
      feed.close();
    }, 100);
  },
});
