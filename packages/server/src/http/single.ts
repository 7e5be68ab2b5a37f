import { streamHeadWith, userHead } from "./head.ts";
import { SessionCore } from "../session/session-core.ts";
import { requireOneOf } from "../core/check.ts";
import {
  resolveSession,
  sessionNames,
  type ProfileName,
  type SessionOptions,
} from "../core/options.ts";
import { Outlet } from "../session/outlet.ts";
import { own } from "../core/own.ts";
import { profiles } from "../log/profile.ts";
import type { HeaderFields, Sink } from "../core/sink.ts";
import { rhythm, Wheel } from "../core/wheel.ts";

/** For one response without a broker. */
export interface UpgradeOptions extends SessionOptions {
  /** Additional headers for the response. */
  readonly headers?: HeaderFields | Headers | undefined;
  /** Default: `standard`. */
  readonly profile?: ProfileName | undefined;
}

/**
 * Opens a session without a log: it carries only the events sent to it. Throws `TypeError` for an invalid option or
 * header.
 */
export function openSingle(sink: Sink, options: UpgradeOptions): SessionCore<unknown> {
  const given = own("upgrade", options, ["headers", "profile", ...sessionNames]);
  const { retryMs, heartbeatMs, slow } = resolveSession(given);
  const { headers, profile = "standard" } = given;
  requireOneOf("profile", profile, ["standard", "go"]);
  const outlet = new Outlet(
    sink,
    profiles[profile],
    streamHeadWith(userHead("headers", headers)),
    retryMs,
  );
  const { visitMs, beatEvery } = rhythm(heartbeatMs, slow.timeoutMs);
  const wheel = new Wheel<SessionCore<unknown>>(visitMs, (one) => one.visit(Date.now()), 1);
  const watcher = {
    ended: () => undefined,
    released: (one: SessionCore<unknown>) => wheel.delete(one),
    failed: () => undefined,
  };
  const shared = { watcher, slow, beatEvery };
  const session = new SessionCore<unknown>({ shared, outlet, state: undefined });
  wheel.add(session);
  sink.watch(session);
  try {
    session.start();
  } catch (error) {
    session.withdraw();
    throw error;
  }
  return session;
}
