/** The element with an id, which the page must have. */
export const byId = (id: string): HTMLElement => document.getElementById(id)!;

export function element(name: string, text: string, className = ""): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

/** Writes only changed text: nothing is announced or laid out twice. */
export function setText(id: string, text: string | number): void {
  const at = byId(id);
  if (at.textContent !== String(text)) at.textContent = String(text);
}
