import { publishHandler } from "@steadfeed/server/publish";
import { broker, options } from "../../broker.js";

export default publishHandler(broker, options);
