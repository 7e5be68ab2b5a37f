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

/** The button that had the focus when it was disabled, which takes the focus from a keyboard. */
let lost: HTMLButtonElement | undefined;

/** Disables or enables a button, and gives the focus back to one that lost it. */
export function setDisabled(button: HTMLButtonElement, isDisabled: boolean): void {
  if (isDisabled && document.activeElement === button) lost = button;
  button.disabled = isDisabled;
  if (isDisabled || button !== lost) return;
  lost = undefined;
  if (document.activeElement === document.body) button.focus();
}
