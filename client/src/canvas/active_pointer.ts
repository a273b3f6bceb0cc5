/**
 * Which of several pointers draws, and palm rejection. Pure: it knows pointer events only by what they say.
 *
 * One pointer holds the pen at a time. A pen takes it from a hand, whose mark goes; near a pen a touch is a palm and
 * does not draw. Among fingers only a first one may take it, so that two fingers never share a line. Any other new
 * first pointer takes it too: then the old one's end was never told, and it would hold the pen for ever.
 */

/** What counts of a pointer event. */
export interface PointerInput {
  pointerId: number;
  pointerType: string;
  isPrimary: boolean;
  /** The button that changed; -1 if none did. */
  button: number;
  /** The buttons that are down, as bits: 1 is the left one, a finger, or a pen's tip. */
  buttons: number;
}

export type PressResult = "take" | "take back" | "ignore";

/** How long after a pen was seen a touch is still the palm beside it. */
export const PALM_MS = 1500;

/** The bit of the left button, a finger or a pen's tip in `buttons`. */
const TIP = 1;

export class ActivePointer {
  private held: { id: number; type: string } | null = null;
  private penAt = Number.NEGATIVE_INFINITY;
  private cancelledAt = Number.NEGATIVE_INFINITY;

  get busy(): boolean {
    return this.held !== null;
  }

  holds(event: PointerInput): boolean {
    return this.held?.id === event.pointerId;
  }

  /** A pen hovers or draws at this time (ms). */
  notice(event: PointerInput, now: number): void {
    if (event.pointerType === "pen") this.penAt = now;
  }

  /** A button went down. `take back`: it draws from now on, and the stroke that is being drawn was a palm's. */
  press(event: PointerInput, now: number): PressResult {
    if (event.button !== 0) return "ignore";
    const before = this.held;
    if (event.pointerType === "touch" && (before?.type === "pen" || now - this.penAt < PALM_MS))
      return "ignore";
    if (before !== null && before.id !== event.pointerId && !event.isPrimary) return "ignore";
    this.held = { id: event.pointerId, type: event.pointerType };
    const palm = before?.type === "touch" || now - this.cancelledAt < PALM_MS;
    this.cancelledAt = Number.NEGATIVE_INFINITY;
    return palm && event.pointerType === "pen" ? "take back" : "take";
  }

  /** The browser took the pointer away in the middle: with a touch, often because a pen comes near. */
  cancelled(event: PointerInput, now: number): void {
    if (this.holds(event) && event.pointerType === "touch") this.cancelledAt = now;
  }

  /** A button beside others that are down already changes with a move, not with a press of its own. */
  pressesAmongOthers(event: PointerInput): boolean {
    return !this.holds(event) && event.button === 0 && (event.buttons & TIP) !== 0;
  }

  /** Whether the pointer that holds the pen has let go, and nobody said so. Fingers do not hover. */
  lost(event: PointerInput): boolean {
    return this.holds(event) && event.pointerType !== "touch" && (event.buttons & TIP) === 0;
  }

  release(): void {
    this.held = null;
  }
}
