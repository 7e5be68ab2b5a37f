// A chat that survives a reload, with a stop, in any number of tabs. In a page: node examples/chat.ts
// #region chat
import { useRun } from "@steadfeed/client/react";
import { useState } from "react";

/** The newest answer's URL is part of the page's own: a reload, or another tab, shows the same one. */
export function Chat() {
  const [url, setUrl] = useState(() => location.hash.slice(1) || null);
  const { text, state, error, stop, reconnect } = useRun(url);
  const ask = async (prompt: FormDataEntryValue | null) => {
    const response = await fetch("/runs", { method: "POST", body: JSON.stringify({ prompt }) });
    location.hash = response.headers.get("content-location")!;
    setUrl(location.hash.slice(1));
    await response.body?.cancel();
  };
  return (
    <>
      <form action={(form) => ask(form.get("prompt"))}>
        <input name="prompt" placeholder="Ask something" required />
        <button>Ask</button>
      </form>
      <p className={state}>{text}</p>
      {state === "running" && <button onClick={() => void stop()}>Stop</button>}
      {state === "waiting" && <button onClick={reconnect}>Connection lost. Try now</button>}
      <output>{error ? error.message : state}</output>
    </>
  );
}
// #endregion
