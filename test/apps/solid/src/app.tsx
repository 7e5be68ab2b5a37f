import { createSignal, Show } from "solid-js";
import { Price } from "./price.tsx";

export function App() {
  const [url, setUrl] = createSignal("/events/a");
  const [isShown, setShown] = createSignal(true);
  return (
    <>
      <button id="next" onClick={() => setUrl("/events/b")}>
        Next
      </button>
      <button id="hide" onClick={() => setShown(!isShown())}>
        Hide
      </button>
      <Show when={isShown()}>
        <Price url={url()} />
      </Show>
    </>
  );
}
