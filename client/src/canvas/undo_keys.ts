/** Ctrl+Z and Cmd+Z, on any keyboard. */

/** What counts of a keyboard event. */
export interface Key {
  key: string;
  code: string;
}

/**
 * Whether this is the Z key: the key that writes a z, or, where the letters are not Latin, the key in its place.
 *
 * A Latin layout is taken by its letters alone: on a German keyboard the place of Z writes a Y, which means redo.
 */
export function isZ({ key, code }: Key): boolean {
  return /^[a-z]$/i.test(key) ? key.toLowerCase() === "z" : code === "KeyZ";
}

/** Whether a key event asks to take back the last stroke. Shift makes it redo. */
export function asksUndo(
  event: Key & { ctrlKey: boolean; metaKey: boolean; altKey: boolean; shiftKey: boolean },
) {
  return (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && isZ(event);
}

/** Whether keys that were pressed here are meant for this element: not for a text field, nor for a dialog above it. */
export function isMeantFor(element: Element, target: EventTarget | null): boolean {
  if (target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null)
    return false;
  const dialogs = document.querySelectorAll("dialog[open]");
  const top = dialogs[dialogs.length - 1];
  return top === undefined || top.contains(element);
}
