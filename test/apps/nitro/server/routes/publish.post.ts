import { publishHandler } from "@steadfeed/server/publish";
import { fromNodeMiddleware } from "h3";
import { broker } from "../utils/broker.ts";

const authorize = ({ header }) => header("authorization") === "Bearer token";

export default fromNodeMiddleware(publishHandler(broker, { authorize, maxBytes: 4000 }));
