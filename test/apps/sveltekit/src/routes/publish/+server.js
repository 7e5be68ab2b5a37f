import { publishHandler } from "@steadfeed/server/publish";
import { broker } from "../../broker.js";

const publish = publishHandler(broker, {
  authorize: ({ header }) => header("authorization") === "Bearer token",
  maxBytes: 4000,
});

export const POST = ({ request }) => publish(request);
