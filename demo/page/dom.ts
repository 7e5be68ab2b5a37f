/** The element of an id; the page has it. */
export const byId = (id: string): HTMLElement => document.getElementById(id)!;

export function element(name: string, text: string, className = ""): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

/** Writes only what is new: a screen reader hears, and a browser lays out, nothing twice. */
export function setText(id: string, text: string | number): void {
  const at = byId(id);
  if (at.textContent !== String(text)) at.textContent = String(text);
}
