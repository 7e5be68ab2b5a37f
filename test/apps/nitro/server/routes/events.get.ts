// #region route
import { nodeHandler } from "@steadfeed/server/node";
import { fromNodeMiddleware } from "h3";
import { broker } from "../utils/broker.ts";

export default fromNodeMiddleware(nodeHandler(broker));
// #endregion
