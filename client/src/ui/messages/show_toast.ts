/** Short messages that lie on the page for a few seconds. */
import { signal } from "@preact/signals";

export interface Toast {
  key: number;
  text: string;
  tone: "plain" | "good" | "bad";
}

export const toasts = signal<Toast[]>([]);

let count = 0;

/** Show a message for a few seconds; the same text is not stacked. */
export function showToast(text: string, tone: Toast["tone"] = "plain", ms = 4200): void {
  if (toasts.value.some((known) => known.text === text)) return;
  const key = ++count;
  toasts.value = [...toasts.value.slice(-2), { key, text, tone }];
  setTimeout(() => {
    toasts.value = toasts.value.filter((known) => known.key !== key);
  }, ms);
}
