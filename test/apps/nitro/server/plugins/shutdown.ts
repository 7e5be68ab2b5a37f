// #region shutdown
import { defineNitroPlugin } from "nitropack/runtime";
import { broker } from "../utils/broker.ts";

// Nitro's own handler waits for the streams, which have no end.
export default defineNitroPlugin(() => {
  process.once("SIGTERM", () => void broker.close());
});
// #endregion
