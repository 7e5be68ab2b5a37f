import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";
import type { buildConnector } from "undici";
import { FeedError } from "../../core/errors.ts";
import { http } from "./builtin.ts";

/** Asks a proxy for a tunnel to the target: HTTP CONNECT on a socket that reaches the proxy. */
export function tunnel(
  socket: Socket,
  proxy: URL,
  { protocol, host, hostname, port }: buildConnector.Options,
  done: (error: Error | null, socket?: Socket) => void,
): void {
  const name = host ?? hostname;
  const path = port ? name : `${name}:${protocol === "https:" ? 443 : 80}`;
  const asked = http().request({
    method: "CONNECT",
    path,
    createConnection: () => socket,
    headers: { host: path, ...authorization(proxy) },
  });
  settled(asked, proxy, (error, head) => {
    if (error) {
      socket.destroy();
      return done(error);
    }
    // Bytes that the target sent at once arrived with the proxy's answer.
    if (head.length > 0) socket.unshift(head);
    done(null, socket);
  });
  asked.end();
}

function settled(
  asked: ClientRequest,
  proxy: URL,
  done: (error: Error | null, head: Uint8Array) => void,
): void {
  const none = new Uint8Array();
  asked.once("connect", ({ statusCode }, _, head) =>
    done(statusCode === 200 ? null : refusal(proxy, statusCode), head),
  );
  asked.once("error", (error) => done(error, none));
}

/** A retry cannot fix a 407. Other refusals of a proxy may be about the target, and temporary. */
function refusal(proxy: URL, status: number | undefined): Error {
  const said = `The proxy ${proxy.origin} answered ${status} to CONNECT`;
  return status === 407
    ? new FeedError("request", `${said}: put a valid user and password into the URL of node.proxy.`)
    : new Error(said);
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}
