/**
 * React Native's `XMLHttpRequest`, as far as a feed sees it: all the text is kept, and comes piece by piece only for those who
 * listen to `progress`. A program as text, so that a process without the platform's own can run it; `http` is Node's.
 */
export const xhrSource = `
class XMLHttpRequest {
  HEADERS_RECEIVED = 2; LOADING = 3; DONE = 4;
  readyState = 0; status = 0; responseText = ""; responseURL = ""; withCredentials = false;
  #listeners = []; #headers = {}; #request; #answer; #aborted = false;
  addEventListener(type, listener) { this.#listeners.push([type, listener]); }
  open(method, url) { Object.assign(this, { method, url }); this.#state(1); }
  setRequestHeader(name, value) { this.#headers[name] = value; }
  getResponseHeader(name) { return this.#answer?.headers[name.toLowerCase()] ?? null; }
  abort() { this.#aborted = true; this.#request?.destroy(); }
  send(body) {
    const incremental = this.#listeners.some(([type]) => type === "progress");
    const failed = () => this.#end(this.#aborted ? "abort" : "error");
    const { method, url } = this;
    this.#request = http.request(url, { method, headers: this.#headers }, (answer) => {
      this.#answer = answer.setEncoding("utf8");
      this.status = answer.statusCode;
      this.responseURL = url;
      this.#state(2);
      answer.on("data", (text) => {
        this.responseText += text;
        if (!incremental) return;
        this.#state(3);
        this.#fire("progress");
      });
      answer.once("end", () => this.#end("load"));
      answer.once("error", failed);
    });
    this.#request.once("error", failed);
    this.#request.end(body ?? undefined);
  }
  #end(type) {
    if (this.readyState === 4) return;
    this.#state(4);
    this.#fire(type);
    this.#fire("loadend");
  }
  #state(state) { this.readyState = state; this.#fire("readystatechange"); }
  #fire(type) { for (const [of, listener] of this.#listeners) if (of === type) listener({ type }); }
}`;

/** A `fetch` with a body that streams, and no class of the platform: the shape of `expo/fetch`. */
export const streamingFetchSource = `
(url, { method, headers }) => new Promise((resolve, reject) => {
  http.request(url, { method, headers }, (answer) => {
    const chunks = answer[Symbol.asyncIterator]();
    const read = async () => {
      const { done, value } = await chunks.next();
      return { done, value };
    };
    const cancel = async () => void answer.destroy();
    const body = { locked: false, cancel, getReader: () => ({ read, cancel }) };
    const get = (name) => answer.headers[name.toLowerCase()] ?? null;
    resolve({ url, type: "default", status: answer.statusCode, headers: { get }, body });
  }).once("error", reject).end();
})`;

/** What Hermes, React Native's engine, does not have, and Node does. */
export const notInHermes: readonly string[] = [
  "ReadableStream",
  "WritableStream",
  "TransformStream",
  "CompressionStream",
  "Request",
  "Response",
  "fetch",
  "structuredClone",
  "Event",
  "EventTarget",
  "CustomEvent",
  "MessageEvent",
  "DOMException",
  "BroadcastChannel",
  "MessageChannel",
  "SharedArrayBuffer",
  "WebAssembly",
  "crypto",
];
