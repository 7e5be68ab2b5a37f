import { byId, setText } from "./dom.ts";
import { Reading } from "./reading.ts";
import { wordingOf } from "./state.ts";
import { askWindows } from "./windows.ts";

const reading = new Reading();
let words = "";

setText("number", location.hash.slice(1));
reading.start(
  (status) => {
    if (wordingOf(status)) byId("state").dataset["state"] = status.kind;
  },
  (_, { word = "" }) => {
    words = `${words} ${word}`.slice(-120);
    setText("words", words);
    const { received, lost, repeated } = reading.tally;
    setText("tally", `${received} · ${lost} lost · ${repeated} twice`);
  },
);

async function look(): Promise<void> {
  const windows = await askWindows();
  setText("role", windows ? (windows.leads ? "leads" : "follows") : "alone");
}
setInterval(() => void look(), 500);
