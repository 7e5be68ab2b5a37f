export { Ledger } from "./ledger.ts";
export { Recorder, type Account, type AccountOptions } from "./recorder.ts";
export { WireRequest, type Head } from "./wire-request.ts";
export { settle } from "./settle.ts";
export { Wire, type Serve, type WireOptions } from "./wire.ts";
