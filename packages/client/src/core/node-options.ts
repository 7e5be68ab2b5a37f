import type { AllOf, NodeOptions } from "./options.ts";

/** Every option of Node's transport by name. */
export const nodeDefaults: AllOf<NodeOptions> = Object.freeze({
  dispatcher: undefined,
  tls: undefined,
  proxy: undefined,
  socketPath: undefined,
  http2: undefined,
  direct: undefined,
});
