import { Feed } from "@steadfeed/client";
import { xhrFetch } from "@steadfeed/client/react-native";

// The globals of the test, which runs this bundle without those that Hermes lacks.
const { url, print } = globalThis.test;
const feed = new Feed(url, { fetch: xhrFetch, retry: { initialDelayMs: 50 } });

feed.subscribe("message", ({ data }) => print(data));
