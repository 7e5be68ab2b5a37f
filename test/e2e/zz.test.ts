import { Feed } from "@steadfeed/client";
import { expect, test } from "vitest";
import { openStream, serve } from "../support/server.ts";
test.each(["undici","fetch"])("%s", async (t) => {
  for (const [count, size, batch] of [[20000, 1000, 1], [20000, 10, 1], [20000,10,100], [200000, 10, 5000], [20000, 100, 1]] as const) {
  const { url } = await serve((_, response) => {
    openStream(response);
    let id = 0;
    const data = "x".repeat(size);
    const go = () => { while (id < count) { let s = ""; for (let i = 0; i < batch; i++) s += `id: ${++id}\ndata: ${data}\n\n`; if (!response.write(s)) return response.once("drain", go); } };
    go();
  });
  const feed = new Feed(url, t === "fetch" ? { fetch: globalThis.fetch } : {});
  let slow = 0; let maxPending = 0; feed.on("slow", (s) => { slow++; maxPending = Math.max(maxPending, s.pending) });
  let n = 0; const t0 = performance.now();
  for await (const e of feed.subscribe("message")) { if (e.id !== String(++n)) throw new Error(e.id); if (n === count) break; }
  console.log(t, count, size, batch, "slow", slow, maxPending, Math.round(performance.now() - t0), "ms");
  feed.close();
  }
});
