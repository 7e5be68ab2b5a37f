// Components that share one connection. In a page: node examples/react.ts
// #region react
import { useFeed } from "@steadfeed/client/react";

const events = { tick: (text: string) => JSON.parse(text) as { symbol: string; eur: number } };

export function Price({ url }: { url: string }) {
  const { data, state, error, reconnect } = useFeed(url, { types: "tick", events });
  if (state === "closed") return <button onClick={reconnect}>{error?.message ?? "closed"}</button>;
  return <p className={state}>{data ? `${data.eur.toFixed(2)} €` : "…"}</p>;
}

export function History({ url }: { url: string }) {
  const { events: newest } = useFeed(url, { types: "tick", events, history: 5 });
  return (
    <ol>
      {newest.map((event) => (
        <li key={event.lastEventId}>{event.data.eur}</li>
      ))}
    </ol>
  );
}
// #endregion
