import { createServer as createHttpServer } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { Agent } from "undici";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createTransport as createFetchTransport } from "../../packages/client/src/http/transport-fetch.ts";
import { createTransport as createUndiciTransport } from "../../packages/client/src/http/transport-undici.ts";
import type { NodeOptions } from "@steadfeed/client";
import type {
  Flow,
  Head,
  Receiver,
  Transport,
  TransportRequest,
} from "../../packages/client/src/http/transport.ts";
import { createAuthority } from "../support/certificates.ts";
import { until } from "../support/collect.ts";
import { collectGarbage } from "../support/gc.ts";
import { listen, openStream, serve, type Handler } from "../support/server.ts";
import { settle } from "../support/wire.ts";
import { standsStill } from "../support/still.ts";

/** What came back, in order, with the flow that it came by. */
class Answer implements Receiver {
  flow!: Flow;
  head!: (head: Head) => void;
  readonly heads: Head[] = [];
  readonly log: string[] = [];
  error: unknown;
  byteCount = 0;

  constructor() {
    this.head = (head) => {
      this.heads.push(head);
      this.log.push(`head ${head.status}`);
    };
  }

  get text(): string {
    return this.log
      .filter((each) => each.startsWith("+"))
      .join("")
      .replaceAll("+", "");
  }

  bytes(chunk: Uint8Array): void {
    this.byteCount += chunk.length;
    if (chunk.length < 1000) this.log.push(`+${new TextDecoder().decode(chunk)}`);
  }

  phase(): void {}
  alive(): void {}

  ended(): void {
    this.log.push("end");
  }

  failed(error: unknown): void {
    this.error = error;
    this.log.push("error");
  }
}

function send(transport: Transport, url: string, request: Partial<TransportRequest> = {}): Answer {
  const answer = new Answer();
  const {
    method = "GET",
    headers = new Headers(),
    body,
    credentials,
    redirect = "follow",
  } = request;
  answer.flow = transport.send(
    { url: new URL(url), method, headers, body, credentials, redirect },
    answer,
  );
  onTestFinished(() => {
    answer.flow.abort();
    transport.close();
  });
  return answer;
}

const undici = (node?: NodeOptions, connectMs: number | false = 10_000): Transport =>
  createUndiciTransport({ fetch: undefined, node, connectMs, ref: true });

const transports = {
  undici: () => undici(),
  fetch: () =>
    createFetchTransport({ fetch: undefined, node: undefined, connectMs: false, ref: true }),
};

describe.each(Object.entries(transports))("%s", (_, make) => {
  test("one head, then the bytes as they arrive, then one end", async () => {
    let finish!: () => void;
    const { url } = await serve((_request, response) => {
      openStream(response).write("one");
      finish = () => response.end("two");
    });
    const answer = send(make(), url);
    await until(() => expect(answer.log).toEqual(["head 200", "+one"]));
    finish();
    await until(() => expect(answer.log).toEqual(["head 200", "+one", "+two", "end"]));
    expect(answer.heads[0]!.url).toBe(url);
    expect(answer.heads[0]!.headers.get("Content-Type")).toBe("text/event-stream");
  });

  test("an informational response is not the response", async () => {
    const { url } = await serve((_request, response) => {
      response.writeProcessing();
      response.writeEarlyHints({ link: "</style.css>; rel=preload" });
      response.end("x");
    });
    const answer = send(make(), url);
    await until(() => expect(answer.log).toEqual(["head 200", "+x", "end"]));
  });

  test("a redirect is a response: nothing follows it automatically", async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(302, { Location: "/there" }).end();
    });
    const answer = send(make(), url);
    await until(() => expect(answer.log).toEqual(["head 302", "end"]));
    expect(answer.heads[0]!.headers.get("Location")).toBe("/there");
  });

  test("several headers of one name are all passed on", async () => {
    const { url } = await serve((_request, response) => {
      response
        .writeHead(
          200,
          [
            ["Set-Cookie", "a=1"],
            ["Set-Cookie", "b=2"],
          ].flat(),
        )
        .end();
    });
    const answer = send(make(), url);
    await until(() => expect(answer.log).toContain("end"));
    expect(answer.heads[0]!.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });

  test("the request arrives as it was made, with the exact header bytes", async () => {
    let arrived = "";
    const { url } = await serve((request, response) => {
      request.setEncoding("utf8").on("data", (text: string) => (arrived += text));
      request.on("end", () => {
        const id = Buffer.from(request.headers["last-event-id"] as string, "latin1").toString();
        arrived += `|${request.method}|${request.url}|${id}|${request.headers["content-type"]}`;
        response.end();
      });
    });
    const id = Buffer.from("ü→😀").toString("latin1");
    const headers = new Headers({ "Last-Event-ID": id, "Content-Type": "text/plain" });
    const answer = send(make(), `${url}path?a=1#hash`, { method: "POST", headers, body: "hi" });
    await until(() => expect(answer.log).toContain("end"));
    expect(arrived).toBe("hi|POST|/path?a=1|ü→😀|text/plain");
  });

  test.each<[string, () => BodyInit, string]>([
    ["bytes", () => new TextEncoder().encode("a=1"), "a=1"],
    ["URLSearchParams", () => new URLSearchParams({ a: "1" }), "a=1"],
    ["a Blob", () => new Blob(["a=1"]), "a=1"],
    ["a stream", () => new Blob(["a=1"]).stream(), "a=1"],
    ["nothing", () => "", ""],
  ])("a body may be %s", async (_name, body, expected) => {
    let arrived = "";
    const { url } = await serve((request, response) => {
      request.setEncoding("utf8").on("data", (text: string) => (arrived += text));
      request.on("end", () => response.end());
    });
    const answer = send(make(), url, { method: "POST", body: body() });
    await until(() => expect(answer.log).toContain("end"));
    expect(arrived).toBe(expected);
  });

  test("a port without a listener: an error with the system's code", async () => {
    const server = await serve(() => undefined);
    await server.kill();
    const answer = send(make(), server.url);
    await until(() => expect(answer.log).toEqual(["error"]));
    expect(JSON.stringify(flat(answer.error))).toContain("ECONNREFUSED");
  });

  test.each<[string, Handler]>([
    ["reset", (_request, response) => response.socket!.resetAndDestroy()],
    ["cut off", (_request, response) => response.socket!.destroy()],
  ])("a body that is %s has an error, not an end", async (_name, breakOff) => {
    const { url } = await serve((request, response) => {
      openStream(response).write("half");
      setTimeout(() => breakOff(request, response), 10);
    });
    const answer = send(make(), url);
    await until(() => expect(answer.log).toEqual(["head 200", "+half", "error"]));
  });

  test.each(["before the head", "in the body"])(
    "abort() %s: the server notices, and nothing more is reported",
    async (when) => {
      const server = await serve((_request, response) => {
        if (when === "in the body") openStream(response).write("x");
      });
      const answer = send(make(), server.url);
      await until(() => expect(server.requests).toBe(1));
      await until(() => expect(answer.text).toBe(when === "in the body" ? "x" : ""));
      const heard = [...answer.log];
      answer.flow.abort();
      answer.flow.abort();
      await until(() => expect(server.answering).toBe(0));
      expect(answer.log).toEqual(heard);
    },
  );

  test("abort() in the same tick: no request arrives", async () => {
    const server = await serve((_request, response) => response.end());
    const answer = send(make(), server.url);
    answer.flow.abort();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.requests).toBe(0);
    expect(answer.log).toEqual([]);
  });

  test("abort() within head(): the body is not read", async () => {
    const server = await serve((_request, response) => void openStream(response).write("x"));
    const answer = send(make(), server.url);
    answer.head = ({ status }) => {
      answer.log.push(`head ${status}`);
      answer.flow.abort();
    };
    await until(() => expect(server.requests).toBe(1));
    await until(() => expect(server.answering).toBe(0));
    expect(answer.log).toEqual(["head 200"]);
  });

  test("pause() stops the server's writing, resume() lets all data arrive", async () => {
    const chunk = Buffer.alloc(64 * 1024, "x");
    const total = 512 * chunk.length;
    let written = 0;
    const { url } = await serve((_request, response) => {
      openStream(response);
      const write = (): void => {
        while (written < total) {
          written += chunk.length;
          if (!response.write(chunk)) return void response.once("drain", write);
        }
        response.end();
      };
      write();
    });
    const answer = send(make(), url);
    await until(() => expect(answer.byteCount).toBeGreaterThan(0));
    answer.flow.pause();
    await standsStill(() => written + answer.byteCount);
    expect(written).toBeLessThan(total);
    const paused = answer.byteCount;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(answer.byteCount).toBe(paused);
    answer.flow.resume();
    await until(() => expect(answer.log).toContain("end"));
    expect(answer.byteCount).toBe(total);
  });
});

/** The codes of an error and of what caused it. */
function flat(error: unknown): unknown[] {
  if (!(error instanceof Error)) return [];
  const { code, cause, errors = [] } = error as Error & { code?: string; errors?: unknown[] };
  return [code, ...flat(cause), ...errors.flatMap(flat)];
}

describe("undici alone", () => {
  test("close() closes every socket, also one that is kept for later", async () => {
    const server = await serve((_request, response) => response.end("x"));
    const transport = undici();
    const answer = send(transport, server.url);
    await until(() => expect(answer.log).toContain("end"));
    expect(server.sockets.size).toBe(1);
    transport.close();
    await until(() => expect(server.sockets.size).toBe(0));
    const again = send(transport, server.url);
    await until(() => expect(again.log).toContain("end"));
  });

  test("a request to another origin leaves no socket at the previous one", async () => {
    const [one, other] = await Promise.all(
      [1, 2].map(() => serve((_request, response) => response.end("x"))),
    );
    const transport = undici();
    for (const { url } of [one!, other!]) {
      const answer = send(transport, url);
      await until(() => expect(answer.log).toContain("end"));
    }
    expect(other!.sockets.size).toBe(1);
    await until(() => expect(one!.sockets.size).toBe(0));
  });

  test.each<[string, object, RegExp]>([
    ["an unknown setting", { ca: "…" }, /node has no option ca: .*tls/],
    ["an invalid proxy URL", { proxy: "localhost:8080" }, /node\.proxy must be .*"localhost:8080"/],
    ["an invalid dispatcher", { dispatcher: {} }, /node\.dispatcher must be an undici Dispatcher/],
  ])("%s throws at once, instead of at attempts that fail forever", (_, node, said) => {
    expect(() => undici(node)).toThrow(said);
  });

  test("an open stream does not keep the bytes that arrived with its head", async () => {
    const body = `data: ${"x".repeat(60_000)}\n\n`;
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.write(`HTTP/1.1 200 OK\r\nX-A: b\r\n\r\n${body}`));
    });
    const url = `http://127.0.0.1:${await listen(server)}/`;
    onTestFinished(() => void server.close());
    const held = async (): Promise<number> => {
      const answer = send(undici(), url);
      await until(() => expect(answer.byteCount).toBe(body.length));
      onTestFinished(() => answer.flow.abort());
      await settle();
      collectGarbage();
      return process.memoryUsage().arrayBuffers;
    };
    const before = await held();
    for (let i = 0; i < 10; i++) await held();
    expect((await held()) - before).toBeLessThan(5 * body.length);
  });

  test("an aborted attempt whose TLS handshake gets no answer closes its socket", async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket.resume()));
    const port = await listen(silent);
    onTestFinished(() => void silent.close());
    const answer = send(undici(), `https://127.0.0.1:${port}/`);
    await until(() => expect(sockets).toHaveLength(1));
    answer.flow.abort();
    await until(() => expect(sockets[0]!.readableEnded || sockets[0]!.destroyed).toBe(true));
    expect(answer.log).toEqual([]);
  });

  test("connectMs: a TLS handshake without an answer is a timeout", async () => {
    const silent = createServer((socket) => socket.resume());
    const port = await listen(silent);
    onTestFinished(() => void silent.close());
    const answer = send(undici(undefined, 50), `https://127.0.0.1:${port}/`);
    await until(() => expect(answer.log).toEqual(["error"]));
    expect((answer.error as Error).name).toContain("Timeout");
  });

  describe.each(["its URL", "env"])("proxy: %s", (how) => {
    test.each(["http", "https"])(
      "%s goes through a tunnel, which is closed with the feed",
      async (scheme) => {
        const authority = createAuthority();
        const server = await serve(
          (_request, response) => void openStream(response).write("x"),
          scheme === "https" ? { tls: authority.issue() } : {},
        );
        const asked: string[] = [];
        const proxy = createHttpServer();
        proxy.on("connect", ({ url = "" }, socket) => {
          asked.push(url);
          const there = connect(server.port, "127.0.0.1", () => {
            socket.write("HTTP/1.1 200 OK\r\n\r\n");
            there.pipe(socket).pipe(there);
          });
          for (const end of [there, socket]) end.on("error", () => undefined);
        });
        const proxyUrl = `http://127.0.0.1:${await listen(proxy)}`;
        onTestFinished(() => void proxy.close());
        onTestFinished(() => void vi.unstubAllEnvs());
        for (const name of ["http_proxy", "https_proxy"]) vi.stubEnv(name, proxyUrl);
        for (const name of ["no_proxy", "NO_PROXY"]) vi.stubEnv(name, "");
        const transport = undici({
          proxy: how === "env" ? "env" : proxyUrl,
          tls: { ca: authority.cert },
        });
        const answer = send(transport, server.url);
        await until(() => expect(answer.text).toBe("x"));
        expect(asked).toEqual([`127.0.0.1:${server.port}`]);
        answer.flow.abort();
        await until(() => expect(server.sockets.size).toBe(0));
      },
    );
  });

  test.each(["http", "https"])(
    "a tunnel through an %s proxy that never answers is closed as fast as a connection",
    async (scheme) => {
      const sockets: Socket[] = [];
      const silent = createServer((socket) => void sockets.push(socket.resume()));
      const port = await listen(silent);
      onTestFinished(() => void silent.close());
      const answer = send(
        undici({ proxy: `${scheme}://localhost:${port}` }),
        "http://inside.test/",
      );
      await until(() => expect(sockets).toHaveLength(1));
      answer.flow.abort();
      await until(() => expect(sockets[0]!.readableEnded || sockets[0]!.destroyed).toBe(true));
    },
  );

  test("dispatcher: a user's own is used as it is, and never closed", async () => {
    const server = await serve((_request, response) => response.end("x"));
    const agent = new Agent();
    onTestFinished(() => agent.destroy());
    const dispatch = vi.spyOn(agent, "dispatch");
    const transport = undici({ dispatcher: agent });
    const given = send(transport, server.url);
    given.flow.abort();
    transport.close();
    const answer = send(transport, server.url);
    await until(() => expect(answer.text).toBe("x"));
    expect(dispatch).toHaveBeenCalled();
    expect(agent.closed).toBe(false);
  });
});
