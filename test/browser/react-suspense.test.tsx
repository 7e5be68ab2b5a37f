// useSuspenseFeed in a real page, at a real server.
import { useSuspenseFeed } from "@steadfeed/client/react";
import { Component, StrictMode, Suspense, useState, useTransition, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { expect, inject, onTestFinished, test } from "vitest";
import { Stage } from "../suite/stage.ts";

const stageOf = (): Stage => new Stage(inject("stageUrl"));
const tick = (data: string): string => `id: ${data}\nevent: tick\ndata: ${data}\n\n`;

class Boundary extends Component<{ children: ReactNode }, { message?: string }> {
  override state: { message?: string } = {};
  static getDerivedStateFromError = ({ message }: Error) => ({ message });
  override render() {
    return this.state.message ?? this.props.children;
  }
}

function Tick({ url }: { url: string }) {
  const { data, state } = useSuspenseFeed(url, { types: "tick" });
  return <p>{`${state} ${data.length} ${data}`}</p>;
}

const page = (url: string) => (
  <StrictMode>
    <Boundary>
      <Suspense fallback="waits">
        <Tick url={url} />
      </Suspense>
    </Boundary>
  </StrictMode>
);

function draw(node: ReactNode) {
  const element = document.createElement("main");
  document.body.append(element);
  const root = createRoot(element, { onCaughtError: () => undefined });
  onTestFinished(() => {
    root.unmount();
    element.remove();
  });
  root.render(node);
  return { element, text: () => element.textContent };
}

test("shows the fallback until the first event, with one request", async () => {
  const stage = stageOf();
  await stage.script({ body: ": nothing yet\n\n" });
  const { text } = draw(page(stage.url));
  await expect.poll(text).toBe("waits");
  await expect.poll(async () => (await stage.seen()).length).toBe(1);
  await stage.send(tick("1"));
  await expect.poll(text).toBe("open 1 1");
  await stage.send(tick("22"));
  await expect.poll(text).toBe("open 2 22");
  expect(await stage.seen()).toHaveLength(1);
});

test("throws the error of a failed feed to the error boundary, after one request", async () => {
  const stage = stageOf();
  await stage.script({ status: 404 });
  const { text } = draw(page(stage.url));
  await expect.poll(text).toContain("404");
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await stage.seen()).toHaveLength(1);
});

test("a transition to another URL shows the old one until the new one has an event", async () => {
  const [a, b] = [stageOf(), stageOf()];
  await a.script({ body: tick("a") });
  await b.script({ body: ": nothing yet\n\n" });
  function Rooms() {
    const [url, setUrl] = useState(a.url);
    const [isPending, start] = useTransition();
    return (
      <>
        <button onClick={() => start(() => setUrl(b.url))}>{isPending ? "pending" : "next"}</button>
        <Suspense fallback="waits">
          <Tick url={url} />
        </Suspense>
      </>
    );
  }
  const { element, text } = draw(<Rooms />);
  await expect.poll(text).toBe("nextopen 1 a");
  element.querySelector("button")!.click();
  await expect.poll(text).toBe("pendingopen 1 a");
  await a.send(tick("aa"));
  await expect.poll(text).toBe("pendingopen 2 aa");
  await expect.poll(async () => (await b.seen()).length).toBe(1);
  await b.send(tick("b"));
  await expect.poll(text).toBe("nextopen 1 b");
  await a.left();
});
