// #region shutdown
import { broker } from "./broker.js";

// With NEXT_MANUAL_SIG_HANDLE=true: Next's own handler waits for the streams, which have no end.
process.once("SIGTERM", () => {
  void broker.close().then(() => process.exit(0));
});
// #endregion
