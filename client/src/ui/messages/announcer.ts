/** What a screen reader hears: the texts of the page's two live regions. */
import { signal } from "@preact/signals";

export const politeText = signal("");
export const assertiveText = signal("");

/** Say something when the screen reader has nothing else to say. */
export function announce(text: string): void {
  politeText.value = text;
}

/** Say something at once. */
export function announceNow(text: string): void {
  assertiveText.value = text;
}
