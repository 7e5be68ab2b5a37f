// useFeed in a real page, at a real server.
import { Feed } from "@steadfeed/client";
import { useFeed } from "@steadfeed/client/react";
import { Component, StrictMode, useState, type ReactNode } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { expect, inject, onTestFinished, test } from "vitest";
import { History, Price } from "../../examples/react.tsx";
import { Stage } from "../suite/stage.ts";

const stageOf = (): Stage => new Stage(inject("stageUrl"));
const live = async (stage: Stage): Promise<number> =>
  (await stage.seen()).filter(({ open }) => open).length;

/** A page of its own, taken down behind the test. */
function page(): HTMLElement {
  const element = document.createElement("main");
  document.body.append(element);
  onTestFinished(() => element.remove());
  return element;
}

function draw(node: ReactNode) {
  const element = page();
  // An error that a boundary shows need not be reported again.
  const root = createRoot(element, { onCaughtError: () => undefined });
  onTestFinished(() => root.unmount());
  root.render(node);
  return { element, draw: (next: ReactNode) => root.render(next) };
}

const text = (element: HTMLElement) => () => element.textContent;

function Ticks({ url, lingerMs }: { url: string | null; lingerMs?: number }) {
  const { events, state } = useFeed(url, { types: "tick", lingerMs });
  return <p>{`${state}: ${events.map(({ data }) => data).join(" ")};`}</p>;
}

const ticks = (...data: string[]): string =>
  data.map((each) => `id: ${each}\nevent: tick\ndata: ${each}\n\n`).join("");

test("shows events as they arrive, with the state of the connection", async () => {
  const stage = stageOf();
  await stage.script({ body: ticks("1") });
  const { element } = draw(<Ticks url={stage.url} />);
  await expect.poll(text(element)).toBe("open: 1;");
  await stage.send(ticks("2", "3"));
  await expect.poll(text(element)).toBe("open: 1 2 3;");
});

test("StrictMode mounts twice, and the server sees one connection", async () => {
  const stage = stageOf();
  await stage.script({ body: ticks("1") });
  const { element } = draw(
    <StrictMode>
      <Ticks url={stage.url} lingerMs={0} />
    </StrictMode>,
  );
  await expect.poll(text(element)).toBe("open: 1;");
  await stage.send(ticks("2"));
  await expect.poll(text(element)).toBe("open: 1 2;");
  expect(await stage.seen()).toHaveLength(1);
});

test("components with one URL share one connection, and a late one shows the current events", async () => {
  const stage = stageOf();
  await stage.script({ body: ticks("1") });
  const { element, draw: again } = draw(<Ticks url={stage.url} />);
  await expect.poll(text(element)).toBe("open: 1;");
  again(
    <>
      <Ticks url={stage.url} />
      <Ticks url={stage.url} />
    </>,
  );
  await expect.poll(text(element)).toBe("open: 1;open: 1;");
  await stage.send(ticks("2"));
  await expect.poll(text(element)).toBe("open: 1 2;open: 1 2;");
  expect(await stage.seen()).toHaveLength(1);
});

test("the last component closes the connection; one that mounts again in time keeps it", async () => {
  const stage = stageOf();
  await stage.script({ body: ticks("1") });
  const { element, draw: again } = draw(<Ticks url={stage.url} lingerMs={30_000} />);
  await expect.poll(text(element)).toBe("open: 1;");
  again(null);
  await expect.poll(text(element)).toBe("");
  await stage.send(ticks("2"));
  again(<Ticks url={stage.url} lingerMs={0} />);
  await expect.poll(text(element)).toBe("open: 1 2;");
  expect(await live(stage)).toBe(1);
  again(null);
  await expect.poll(() => live(stage)).toBe(0);
  expect(await stage.seen()).toHaveLength(1);
});

test("another URL opens another feed, and no URL opens none", async () => {
  const [a, b] = [stageOf(), stageOf()];
  await a.script({ body: ticks("a") });
  await b.script({ body: ticks("b") });
  const { element, draw: again } = draw(<Ticks url={a.url} lingerMs={0} />);
  await expect.poll(text(element)).toBe("open: a;");
  again(<Ticks url={b.url} lingerMs={0} />);
  await expect.poll(text(element)).toBe("open: b;");
  await expect.poll(() => live(a)).toBe(0);
  again(<Ticks url={null} lingerMs={0} />);
  await expect.poll(text(element)).toBe("idle: ;");
  await expect.poll(() => live(b)).toBe(0);
});

test("onEvent is called once for each event, with the function of the latest render", async () => {
  const stage = stageOf();
  await stage.script({ body: ticks("1", "2") });
  const got: string[] = [];
  function Counter() {
    const [label, setLabel] = useState("early");
    const { data } = useFeed(stage.url, { onEvent: (event) => got.push(`${label} ${event.data}`) });
    return <button onClick={() => setLabel("late")}>{`${label} ${data}`}</button>;
  }
  const { element } = draw(
    <StrictMode>
      <Counter />
    </StrictMode>,
  );
  await expect.poll(text(element)).toBe("early 2");
  element.querySelector("button")!.click();
  await expect.poll(text(element)).toBe("late 2");
  await stage.send(ticks("3", "4", "5"));
  await expect.poll(text(element)).toBe("late 5");
  expect(got).toEqual(["early 1", "early 2", "late 3", "late 4", "late 5"]);
});

test("uses the token of the latest render, without a new connection until one is needed", async () => {
  const stage = stageOf();
  await stage.script({ body: ticks("1") });
  function Private({ token }: { token: string }) {
    const { state, data, reconnect } = useFeed(stage.url, { token: () => token });
    return <button onClick={reconnect}>{`${token} ${state} ${data}`}</button>;
  }
  const { element, draw: again } = draw(<Private token="old" />);
  await expect.poll(text(element)).toBe("old open 1");
  again(<Private token="new" />);
  await expect.poll(text(element)).toBe("new open 1");
  expect(await stage.seen()).toHaveLength(1);
  element.querySelector("button")!.click();
  await expect.poll(async () => (await stage.seen()).length).toBe(2);
  const sent = (await stage.seen()).map(({ headers }) => headers["authorization"]);
  expect(sent).toEqual(["Bearer old", "Bearer new"]);
});

test("a failed feed shows its reason, and reconnect() starts again", async () => {
  const stage = stageOf();
  await stage.script({ status: 404 }, { body: ticks("1") });
  function Failing() {
    const { state, error, data, reconnect } = useFeed(stage.url);
    return <button onClick={reconnect}>{`${state} ${error?.status ?? "-"} ${data ?? "-"}`}</button>;
  }
  const { element } = draw(<Failing />);
  await expect.poll(text(element)).toBe("closed 404 -");
  element.querySelector("button")!.click();
  await expect.poll(text(element)).toBe("open - 1");
});

test("shows a feed of your own, and never closes it", async () => {
  const stage = stageOf();
  await stage.script({ body: ticks("1") });
  const feed = new Feed(stage.url);
  function Own() {
    const { data } = useFeed(feed, { types: "tick", lingerMs: 0 });
    return <p>{data}</p>;
  }
  const { element, draw: again } = draw(<Own />);
  await expect.poll(text(element)).toBe("1");
  again(null);
  await expect.poll(() => feed.state).toBe("idle");
  feed.close();
});

test("a server-rendered page hydrates without a mismatch", async () => {
  const stage = stageOf();
  await stage.script({ body: ticks("1") });
  const element = page();
  element.innerHTML = renderToString(<Ticks url={stage.url} />);
  expect(element.textContent).toBe("idle: ;");
  const errors: unknown[] = [];
  const root = hydrateRoot(element, <Ticks url={stage.url} />, {
    onRecoverableError: (error) => errors.push(error),
  });
  onTestFinished(() => root.unmount());
  await expect.poll(text(element)).toBe("open: 1;");
  expect(errors).toEqual([]);
});

test("a flood of events renders the page a few times, and loses nothing", async () => {
  const stage = stageOf();
  const all = Array.from({ length: 2000 }, (_, n) => String(n));
  await stage.script({ body: ticks(...all) });
  let draws = 0;
  const got: string[] = [];
  function Flooded() {
    draws++;
    const { data } = useFeed(stage.url, {
      history: 10,
      onEvent: (event) => void got.push(event.data),
    });
    return <p>{data}</p>;
  }
  const { element } = draw(<Flooded />);
  await expect.poll(text(element)).toBe("1999");
  expect(got).toEqual(all);
  expect(draws).toBeLessThan(200);
});

test("a component that selects a part renders when that part has changed", async () => {
  const stage = stageOf();
  await stage.script({ body: ticks("1") });
  const draws = { state: 0, odd: 0 };
  function State() {
    draws.state++;
    return useFeed(stage.url, { select: ({ state }) => state });
  }
  function Odd() {
    draws.odd++;
    const odd = useFeed(stage.url, {
      latestBy: ({ data }) => Number(data) % 2,
      select: ({ latest }) => latest.get(1),
    });
    return <p>{odd?.data}</p>;
  }
  const { element } = draw(
    <>
      <State />
      <Odd />
    </>,
  );
  await expect.poll(text(element)).toBe("open1");
  const before = { ...draws };
  for (const data of ["2", "4", "6"]) {
    await stage.send(ticks(data));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect({ draws, asked: (await stage.seen()).length }).toEqual({ draws: before, asked: 1 });
  await stage.send(ticks("7"));
  await expect.poll(text(element)).toBe("open7");
  expect(draws).toEqual({ ...before, odd: before.odd + 1 });
});

test("a hundred components with one key share one connection, and render once a frame", async () => {
  const stage = stageOf();
  await stage.script({ body: ticks("0") });
  let draws = 0;
  function One() {
    draws++;
    return <i>{useFeed(stage.url).data};</i>;
  }
  const { element } = draw(Array.from({ length: 100 }, (_, n) => <One key={n} />));
  await expect.poll(text(element)).toBe("0;".repeat(100));
  draws = 0;
  await stage.send(ticks(...Array.from({ length: 1000 }, (_, n) => String(n + 1))));
  await expect.poll(text(element)).toBe("1000;".repeat(100));
  expect(draws).toBeLessThan(100 * 20);
  expect(await stage.seen()).toHaveLength(1);
});

test("a component that React remounts for each of twelve URLs shows the latest at once", async () => {
  const stages = Array.from({ length: 12 }, stageOf);
  for (const [n, stage] of stages.entries()) await stage.script({ body: ticks(String(n)) });
  const { element, draw: again } = draw(null);
  for (const { url } of stages) {
    again(<Ticks key={url} url={url} lingerMs={60_000} />);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await expect.poll(text(element)).toBe("open: 11;");
  const open = async () => (await Promise.all(stages.map(live))).reduce((sum, each) => sum + each);
  // A server hears of a closed connection a little later.
  await expect.poll(open).toBeLessThanOrEqual(4);
});

test("the example shows the requested number of prices over one connection", async () => {
  const stage = stageOf();
  const tick = (n: number): string =>
    `id: ${n}\nevent: tick\ndata: {"symbol":"EUR","eur":${n}}\n\n`;
  await stage.script({ body: [1, 2, 3, 4, 5, 6, 7].map(tick).join("") });
  const { element } = draw(
    <>
      <Price url={stage.url} />
      <History url={stage.url} />
    </>,
  );
  await expect.poll(text(element)).toBe("7.00 €34567");
  expect(await stage.seen()).toHaveLength(1);
});

test("an invalid URL reaches the page's error boundary", async () => {
  class Boundary extends Component<{ children: ReactNode }, { message?: string }> {
    override state: { message?: string } = {};
    static getDerivedStateFromError = ({ message }: Error) => ({ message });
    override render() {
      return this.state.message ?? this.props.children;
    }
  }
  const { element } = draw(
    <Boundary>
      <Ticks url="ftp://example.test/" />
    </Boundary>,
  );
  await expect.poll(text(element)).toContain("Not an HTTP URL");
});
