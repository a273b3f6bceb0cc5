/** Short messages on the page, and what a screen reader hears. */
import { signal } from "@preact/signals";

export interface Note {
  key: number;
  text: string;
  tone: "plain" | "good" | "bad";
}

export const notes = signal<Note[]>([]);
export const polite = signal("");
export const assertive = signal("");

let count = 0;

/** Show a message for a few seconds; the same text is not stacked. */
export function note(text: string, tone: Note["tone"] = "plain", ms = 4200): void {
  if (notes.value.some((known) => known.text === text)) return;
  const key = ++count;
  notes.value = [...notes.value.slice(-2), { key, text, tone }];
  setTimeout(() => {
    notes.value = notes.value.filter((known) => known.key !== key);
  }, ms);
}

export function say(text: string): void {
  polite.value = text;
}

export function shout(text: string): void {
  assertive.value = text;
}
