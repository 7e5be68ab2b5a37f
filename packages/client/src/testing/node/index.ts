export { Link, type Cut } from "./link.ts";
export { FaultProxy } from "./fault-proxy.ts";
export { Script } from "./script.ts";
export { SseServer, type Play } from "./server.ts";
