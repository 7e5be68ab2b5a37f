import { publishHandler } from "@steadfeed/server/publish";
import { broker, options } from "../../broker.js";

export const POST = publishHandler(broker, options);
