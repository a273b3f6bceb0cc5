/** Where Inkling looks: the tip of the pen, in page coordinates. */
import { signal } from "@preact/signals";

export const gaze = signal<{ x: number; y: number } | null>(null);

export function lookAt(x: number, y: number): void {
  gaze.value = { x, y };
}
