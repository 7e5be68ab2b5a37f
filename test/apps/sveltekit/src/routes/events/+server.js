// #region route
import { webHandler } from "@steadfeed/server/web";
import { broker } from "../../broker.js";

const events = webHandler(broker);

export const GET = ({ request }) => events(request);
// #endregion
