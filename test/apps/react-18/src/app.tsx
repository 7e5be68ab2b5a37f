import { useFeed } from "@steadfeed/client/react";
import { StrictMode, useState } from "react";

const events = { tick: (text: string) => JSON.parse(text) as { eur: number } };

function Price({ url }: { url: string }) {
  const { data, state, error, reconnect } = useFeed(url, { types: "tick", events });
  if (state === "closed") return <button onClick={reconnect}>{error?.message ?? "closed"}</button>;
  return <p className={state}>{data ? `${data.eur.toFixed(2)} €` : "…"}</p>;
}

export function App() {
  const [url, setUrl] = useState("/events/a");
  const [isShown, setShown] = useState(true);
  return (
    <StrictMode>
      <button id="next" onClick={() => setUrl("/events/b")}>
        Next
      </button>
      <button id="hide" onClick={() => setShown(!isShown)}>
        Hide
      </button>
      {isShown && <Price url={url} />}
    </StrictMode>
  );
}
