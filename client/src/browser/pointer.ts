/** What pointer events have in newer browsers only, or refuse at times. */
import { attempt } from "./attempt";

/** Let an element hear of a pointer wherever it goes. A pointer that is up already is refused with an error. */
export function capturePointer(element: Element, pointer: number): void {
  attempt(() => element.setPointerCapture(pointer), undefined);
}

/** All positions that a move stands for. */
export function coalescedEvents(event: PointerEvent): readonly PointerEvent[] {
  const all = attempt(() => event.getCoalescedEvents(), []);
  return all.length > 0 ? all : [event];
}
