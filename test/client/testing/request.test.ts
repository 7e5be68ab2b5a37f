import { WireRequest } from "@steadfeed/client/testing";
import { expect, test } from "vitest";

const request = (init: RequestInit = {}): WireRequest => new WireRequest("http://wire.test/", init);

async function chunks(response: Promise<Response>): Promise<number[][]> {
  const got: number[][] = [];
  for await (const chunk of (await response).body!) got.push([...chunk]);
  return got;
}

test("bytes arrive in the requested chunks, also cut within a character", async () => {
  const sent = request().answer().send("a€b", 2, 3).send(Uint8Array.of(1, 2)).end();
  expect(await chunks(sent.response)).toEqual([[0x61, 0xe2], [0x82], [0xac, 0x62], [1, 2]]);
  expect([sent.pulledBytes, sent.live, sent.ended]).toEqual([7, false, true]);
});

test("the sent bytes are a copy: the test may reuse its buffer", async () => {
  const bytes = Uint8Array.of(1);
  const sent = request().answer().send(bytes).end();
  bytes[0] = 2;
  expect(await chunks(sent.response)).toEqual([[1]]);
});

test("an unread stream is not pulled", async () => {
  const sent = request().answer().events(1, 2, 3);
  await sent.response;
  expect(sent.pulledBytes).toBe(0);
});

test.each([
  ["before the head", (sent: WireRequest) => sent.reset()],
  ["in the body", (sent: WireRequest) => sent.answer().events(1).reset()],
])("a reset %s breaks the fetch or the body, with the system's code", async (_, break_) => {
  const sent = break_(request());
  const reading = sent.response.then((response) => response.text());
  await expect(reading).rejects.toMatchObject({ cause: { code: "ECONNRESET" } });
  expect(sent.ended).toBe(true);
});

test("nothing more arrives after the end", async () => {
  const sent = request().answer().events(1).end().events(2).reset();
  expect(await (await sent.response).text()).toBe("id: 1\ndata: 1\n\n");
});

test("a response without a body ends with its head", async () => {
  const sent = request().answer({ status: 204 });
  expect([(await sent.response).body, sent.live]).toEqual([null, false]);
});

test("an abort breaks a running request, and has no effect on a finished one", async () => {
  const open = request().answer();
  const text = (await open.response).text();
  open.abort();
  await expect(text).rejects.toThrow("aborted");
  const over = request().answer().end();
  over.abort();
  expect(over.aborted).toBe(false);
});

test("the request can be inspected; a cursor is its text, not its bytes", () => {
  const cursor = Buffer.from("é7").toString("latin1");
  const sent = request({ method: "POST", body: "ask", headers: { "Last-Event-ID": cursor } });
  expect([sent.url, sent.method, sent.body, sent.lastEventId]).toEqual([
    "http://wire.test/",
    "POST",
    "ask",
    "é7",
  ]);
  expect(request().lastEventId).toBeUndefined();
});
