// #region shutdown
import { broker } from "./broker.js";

// The adapter's own handler waits for the streams, which have no end.
process.once("SIGTERM", () => void broker.close());
// #endregion
