// The events of the streams: server.ts, client.ts and others import it.
// #region contract
import { defineStream, defineStreams } from "@steadfeed/contract";
import { z } from "zod"; // or valibot, ArkType: any Standard Schema

export const prices = defineStream({
  tick: z.object({ symbol: z.string(), eur: z.number() }),
  halted: z.object({ why: z.string() }),
});
export const news = defineStream({ message: z.object({ title: z.string() }) });

export const api = defineStreams({ prices, news });
// #endregion
