import { once } from "node:events";
import { connect } from "node:net";
import { SseServer, type Play, type Script } from "@steadfeed/client/testing/node";
import { expect, onTestFinished, test } from "vitest";

async function asked(play: Play, init: RequestInit = {}): Promise<Response> {
  const server = await SseServer.listen(play);
  onTestFinished(() => server.close());
  return fetch(server.url, { redirect: "manual", ...init });
}

test("an answer is an open event stream by default", async () => {
  const open = await asked((script) => script.answer());
  expect([open.status, open.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  const refused = await asked((script) =>
    script.answer({ status: 503, headers: { "Retry-After": "7" } }).end(),
  );
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "7"]);
  expect((await asked((script) => script.answer({ status: 204 }))).body).toBeNull();
});

test("a redirect has a Location", async () => {
  const moved = await asked((script) => script.redirect("/there"));
  expect([moved.status, moved.headers.get("location")]).toEqual([307, "/there"]);
  expect((await asked((script) => script.redirect("/there", 301))).status).toBe(301);
});

test("chunks arrive as they were cut, also within a character, and steps wait for each other", async () => {
  const server = await SseServer.listen((script) =>
    script.send("data: €\n\n", 7).delay(30).send(Uint8Array.of(0x3a, 0x0a)).truncate(),
  );
  onTestFinished(() => server.close());
  const socket = connect(server.port).setEncoding("latin1");
  const pieces: string[] = [];
  socket.on("data", (text: string) => pieces.push(text));
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await once(socket, "end");
  // TCP may join pieces, but no piece comes before the one in front of it.
  expect(pieces.join("")).toContain("7\r\ndata: \xe2\r\n4\r\n\x82\xac\n\n\r\n2\r\n:\n\r\n");
  expect(pieces.join("")).not.toContain("\r\n0\r\n");
});

test("after a stall nothing happens, and the connection stays up", async () => {
  let script!: Script;
  const response = await asked((played) => {
    script = played.events(1).stall().events(2).end();
  });
  const reader = response.body!.getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("id: 1\ndata: 1\n\n");
  const silent = Symbol("silent");
  const next = await Promise.race([
    reader.read(),
    new Promise((resolve) => setTimeout(resolve, 50, silent)),
  ]);
  expect([next, script.live]).toEqual([silent, true]);
  await reader.cancel();
});

test.each<[string, Play]>([
  ["truncated", (script) => script.events(1).truncate()],
  ["reset", (script) => script.events(1).reset()],
])("an answer that is %s breaks", async (_, play) => {
  await expect(asked(play).then((response) => response.text())).rejects.toThrow(
    /terminated|fetch failed/,
  );
});

test("the request can be inspected", async () => {
  let seen!: Promise<unknown[]>;
  const cursor = Buffer.from("é").toString("latin1");
  const init = { method: "POST", body: "what", headers: { "Last-Event-ID": cursor } };
  const look = async (script: Script): Promise<unknown[]> => {
    const { method, url, lastEventId } = script;
    return [method, url, lastEventId, await script.text()];
  };
  await asked((script) => {
    seen = look(script);
    script.answer().end();
  }, init);
  expect(await seen).toEqual(["POST", "/", "é", "what"]);
});

test("a second answer is a mistake of the test, and rejects the waiting call", async () => {
  let script!: Script;
  await asked((played) => {
    script = played.answer();
  });
  await script.done;
  await expect(script.answer().done).rejects.toThrow("headers");
});
