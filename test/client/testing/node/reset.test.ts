import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { reset } from "../../../../packages/client/src/testing/node/reset.ts";

/** The server's end of a connection, and how the client saw it end. */
async function pair(): Promise<{ socket: Socket; seen: () => string | undefined }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true }).resume();
  let seen: string | undefined;
  client.on("end", () => (seen ??= "end"));
  client.on("error", (error) => (seen ??= (error as NodeJS.ErrnoException).code));
  const [socket] = (await once(server, "connection")) as [Socket];
  socket.on("error", () => undefined);
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  return { socket, seen: () => seen };
}

test("an open connection is reset", async () => {
  const { socket, seen } = await pair();
  reset(socket);
  await expect.poll(seen).toBe("ECONNRESET");
});

test.each<[string, (call: () => void) => void]>([
  ["in the same turn", (call) => call()],
  ["a tick later", (call) => process.nextTick(call)],
  ["after an await", (call) => void Promise.resolve().then(call)],
  ["a turn later", (call) => void setImmediate(call)],
])("a connection that ends, and is reset %s, is released", async (_, later) => {
  const { socket, seen } = await pair();
  let closed = false;
  socket.once("close", () => (closed = true));
  socket.end();
  later(() => reset(socket));
  await expect.poll(() => closed).toBe(true);
  await expect.poll(seen).toBeDefined();
});
