// useRun in a real page, at a real server.
import { useRun } from "@steadfeed/client/react";
import { StrictMode, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { expect, inject, onTestFinished, test } from "vitest";
import { Stage } from "../suite/stage.ts";

const stageOf = (): Stage => new Stage(inject("stageUrl"));

function draw(node: ReactNode) {
  const element = document.createElement("main");
  document.body.append(element);
  const root = createRoot(element);
  onTestFinished(() => {
    root.unmount();
    element.remove();
  });
  root.render(node);
  return { element, draw: (next: ReactNode) => root.render(next) };
}

const shown = (element: HTMLElement) => () => element.textContent;
const words = (...all: string[]): string =>
  all.map((word) => `id: ${word}\ndata: ${word}\n\n`).join("");
const end = "id: z\nevent: steadfeed.end\n\n";
const retry = { initialDelayMs: 10, maxDelayMs: 20 };

function Answer({ url }: { url: string | null }) {
  const { text, state, error } = useRun(url, { retry });
  return <p>{`${state}: ${text}${error ? `!${error.status ?? error.code}` : ""}`}</p>;
}

test("the text grows as events arrive, and the run ends", async () => {
  const stage = stageOf();
  await stage.script({ body: words("a", "b") });
  const { element } = draw(
    <StrictMode>
      <Answer url={stage.url} />
    </StrictMode>,
  );
  await expect.poll(shown(element)).toBe("running: ab");
  await stage.send(words("c") + end);
  await expect.poll(shown(element)).toBe("ended: abc");
  expect(await stage.seen()).toHaveLength(1);
});

test("a component that mounts late shows the run from the beginning", async () => {
  const stage = stageOf();
  await stage.script({ body: words("a", "b") });
  const { element, draw: again } = draw(<Answer url={stage.url} />);
  await expect.poll(shown(element)).toBe("running: ab");
  again(
    <>
      <Answer url={stage.url} />
      <Answer url={stage.url} />
    </>,
  );
  await expect.poll(shown(element)).toBe("running: abrunning: ab");
});

test("continues after a cut, with each word once", async () => {
  const stage = stageOf();
  await stage.script({ body: words("a", "b"), after: "end" }, { body: words("c") + end });
  const { element } = draw(<Answer url={stage.url} />);
  await expect.poll(shown(element)).toBe("ended: abc");
});

test("another run shows another text, and no run shows none", async () => {
  const [one, two] = [stageOf(), stageOf()];
  await one.script({ body: words("a") });
  await two.script({ body: words("x") + end });
  const { element, draw: again } = draw(<Answer url={one.url} />);
  await expect.poll(shown(element)).toBe("running: a");
  again(<Answer url={two.url} />);
  await expect.poll(shown(element)).toBe("ended: x");
  again(<Answer url={null} />);
  await expect.poll(shown(element)).toBe("none: ");
});

test("a failed run shows the text received so far, and the reason", async () => {
  const stage = stageOf();
  await stage.script({ body: words("a"), after: "end" }, { status: 424, after: "end" });
  const { element } = draw(<Answer url={stage.url} />);
  await expect.poll(shown(element)).toBe("failed: a!424");
});

test("without an active run there is no text", async () => {
  const stage = stageOf();
  await stage.script({ status: 204, after: "end" });
  const { element } = draw(<Answer url={stage.url} />);
  await expect.poll(shown(element)).toBe("none: ");
});

test("stop asks the server, and reports a refusal", async () => {
  const asked: (readonly [unknown, RequestInit])[] = [];
  const answers = [new Response(null, { status: 204 }), new Response("no", { status: 401 })];
  const fetch = (async (url: unknown, init: RequestInit) => {
    if (init.method !== "DELETE") return new Response(new ReadableStream(), stream);
    asked.push([url, init]);
    return answers.shift();
  }) as typeof globalThis.fetch;
  const stream = { headers: { "content-type": "text/event-stream" } };
  const stops: (() => Promise<void>)[] = [];
  const headers = () => ({ "x-tab": "1" });
  function Stopping() {
    stops.push(useRun("/runs/1", { fetch, headers, token: async () => "t" }).stop);
    return null;
  }
  draw(<Stopping />);
  await expect.poll(() => stops.length).toBeGreaterThan(0);
  await stops[0]!();
  await expect(stops[0]!()).rejects.toMatchObject({ code: "status", status: 401 });
  const [url, init] = asked[0]!;
  expect(String(url)).toBe(`${location.origin}/runs/1`);
  const sent = new Headers(init.headers);
  expect([sent.get("authorization"), sent.get("x-tab")]).toEqual(["Bearer t", "1"]);
});
