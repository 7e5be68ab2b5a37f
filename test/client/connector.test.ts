import { Socket } from "node:net";
import type { buildConnector } from "undici";
import { expect, test, vi } from "vitest";
import { Connector } from "../../packages/client/src/http/connector.ts";

const to = { hostname: "localhost", protocol: "http:", port: "1" };

/** Connects when it is told to. */
function connecting({ ref = true } = {}) {
  const socket = new Socket();
  const connector = new Connector(ref);
  let connected: () => void = () => undefined;
  const connect = ((_: buildConnector.Options, done: buildConnector.Callback) => {
    connected = () => done(null, socket);
    return socket;
  }) as unknown as buildConnector.connector;
  const done = vi.fn<buildConnector.Callback>();
  connector.of(connect)(to, done);
  return { socket, connector, done, connected: () => connected() };
}

test("what is not connected yet is given up, and what is connected is left to its owner", () => {
  const early = connecting();
  early.socket.on("error", () => undefined);
  early.connector.stop();
  expect(early.socket.destroyed).toBe(true);
  const late = connecting();
  late.connected();
  late.connector.stop();
  expect(late.socket.destroyed).toBe(false);
  expect(late.done).toHaveBeenCalledWith(null, late.socket);
});

test("the first error of a socket is not lost behind the last one", () => {
  const { socket } = connecting();
  const refused = new Error("certificate required");
  const reset = new Error("read ECONNRESET");
  socket.emit("error", refused);
  socket.emit("error", reset);
  expect(reset.cause).toBe(refused);
});

test("ref: false: nobody makes the socket hold the process again", () => {
  const { socket, connected } = connecting({ ref: false });
  const ref = vi.spyOn(Socket.prototype, "ref");
  connected();
  expect(socket.ref()).toBe(socket);
  expect(ref).not.toHaveBeenCalled();
});

test("a socket whose writing has ended does not wait for the other side", async () => {
  const { socket, connected } = connecting();
  connected();
  socket.emit("finish");
  expect(socket.destroyed).toBe(true);
});
