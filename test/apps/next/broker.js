// #region broker
import { Broker } from "@steadfeed/server";

/** Next bundles each route by itself: what they share is global. */
const key = Symbol.for("app.broker");
export const broker = (globalThis[key] ??= new Broker());
// #endregion

export const options = {
  authorize: ({ header }) => header("authorization") === "Bearer token",
  maxBytes: 4000,
};
