/** The target of a request, `/path?query`: its path, still percent-encoded, and its query. */
export function targetOf(target: string): {
  readonly path: string;
  readonly query: URLSearchParams;
} {
  const mark = target.indexOf("?");
  if (mark < 0) return { path: target, query: new URLSearchParams() };
  return { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}

/** The target in an absolute URL, as a `Request` has it: after the origin, without the fragment. */
export const targetIn = (url: string): string =>
  url.slice(url.indexOf("/", url.indexOf("://") + 3)).split("#", 1)[0]!;
