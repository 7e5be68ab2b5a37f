// #region app
import { webHandler } from "@steadfeed/server/web";
import { broker } from "../../broker.js";

export const GET = webHandler(broker);
// #endregion
