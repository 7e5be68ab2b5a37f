// #region price
import { createFeed } from "@steadfeed/client/solid";
import { Show } from "solid-js";

const events = { tick: (text: string) => JSON.parse(text) as { eur: number } };

export function Price(props: { url: string }) {
  const { data, state, error, reconnect } = createFeed(() => props.url, { types: "tick", events });
  return (
    <Show
      when={state() !== "closed"}
      fallback={<button onClick={reconnect}>{error()?.message ?? "closed"}</button>}
    >
      <p class={state()}>{data() ? `${data()!.eur.toFixed(2)} €` : "…"}</p>
    </Show>
  );
}
// #endregion
