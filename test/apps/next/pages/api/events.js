// #region pages
import { nodeHandler } from "@steadfeed/server/node";
import { broker } from "../../broker.js";

export default nodeHandler(broker);
// #endregion
