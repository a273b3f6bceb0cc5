/** The canvas one draws on: mouse, touch, pen and keyboard. Local ink is on the page in the same frame. */
import { effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { watchSize } from "../browser/media";
import { capture, coalesced } from "../browser/pointer";
import { look } from "../inkling/gaze";
import type { Segment } from "../protocol";
import { Holder } from "./active_pointer";
import { SIDE, square, toInk } from "./geometry";
import { paint, paintTip, sharpen, pen as style } from "./paint";
import { Pen, type PenPorts } from "./pen";
import { asksUndo, isMeantFor, isZ } from "./undo_keys";

export interface Sheetlike {
  strokes: Segment[];
}

export interface PadProps {
  sheet: Sheetlike;
  /** Read inside an effect: a change means that the sheet was replaced. */
  replaced(): unknown;
  enabled: boolean;
  label: string;
  testid?: string;
  onPoint(x: number, y: number, t: number, starts: boolean): void;
  onUndo?(): void;
  onPointer?(kind: string): void;
  began?: PenPorts["began"];
  /** Take the keyboard at once. */
  focused?: boolean;
}

const STEP = 48;
const BIG_STEP = 192;
const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The pen's width on a canvas of this size. */
export function nib(size: number): number {
  return Math.max(2.5, size * 0.0125);
}

export function Pad(props: PadProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const cursor = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const [keys, setKeys] = useState(false);

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    if (latest.current.focused) element.focus({ preventScroll: true });
    return bind(element, () => latest.current, cursor.current, setKeys);
  }, []);

  return (
    <div
      class="pad"
      data-enabled={props.enabled}
      data-keys={keys}
      data-empty={props.sheet.strokes.length === 0}
    >
      <canvas
        ref={canvas}
        class="pad-canvas"
        data-testid={props.testid}
        tabIndex={0}
        role="application"
        aria-label={props.label}
        aria-disabled={!props.enabled}
      />
      <div ref={cursor} class="pad-cursor" aria-hidden="true" />
    </div>
  );
}

function bind(
  element: HTMLCanvasElement,
  props: () => PadProps,
  cursor: HTMLElement | null,
  setKeys: (on: boolean) => void,
): () => void {
  const ctx = element.getContext("2d") as CanvasRenderingContext2D;
  let size = 0;
  const holder = new Holder();
  const frame = () => element.parentElement as HTMLElement;

  const redraw = () => {
    size = sharpen(element).size;
    ctx.clearRect(0, 0, size, size);
    style(ctx, nib(size));
    paint(ctx, props().sheet.strokes, square(size));
    frame().dataset.empty = String(props().sheet.strokes.length === 0);
  };

  const began = props().began;
  const ink = new Pen({
    strokes: () => props().sheet.strokes,
    ...(began === undefined ? {} : { began }),
    point: (x, y, t, starts) => {
      const strokes = props().sheet.strokes;
      const last = strokes[strokes.length - 1];
      if (starts || last === undefined) strokes.push([[x], [y], [t]]);
      else {
        last[0].push(x);
        last[1].push(y);
        last[2].push(t);
      }
      paintTip(ctx, strokes[strokes.length - 1] as Segment, square(size));
      frame().dataset.empty = "false";
      props().onPoint(x, y, t, starts);
    },
  });

  const follow = () => {
    const box = element.getBoundingClientRect();
    look(box.left + (ink.x / SIDE) * box.width, box.top + (ink.y / SIDE) * box.height);
    if (cursor !== null) {
      cursor.style.left = `${(ink.x / SIDE) * 100}%`;
      cursor.style.top = `${(ink.y / SIDE) * 100}%`;
      cursor.dataset.down = String(ink.down);
    }
  };

  const stop = () => {
    if (ink.down) {
      ink.lift();
      redraw();
    }
    holder.release();
  };

  const down = (event: PointerEvent) => {
    if (!props().enabled) return;
    const now = when(event);
    const grasp = holder.press(event, now);
    holder.sees(event, now);
    if (grasp === "ignore") return;
    if (ink.down) {
      ink.lift();
      redraw();
    }
    if (grasp === "take back") props().onUndo?.();
    capture(element, event.pointerId);
    setKeys(false);
    props().onPointer?.(event.pointerType);
    ink.press(...toInk(event.clientX, event.clientY, element.getBoundingClientRect()), now);
    follow();
    event.preventDefault();
    element.focus({ preventScroll: true });
  };

  const move = (event: PointerEvent) => {
    holder.sees(event, when(event));
    if (holder.lost(event)) return stop();
    if (!holder.holds(event)) return;
    if (!props().enabled) return stop();
    const box = element.getBoundingClientRect();
    for (const one of coalesced(event)) ink.move(...toInk(one.clientX, one.clientY, box), when(one));
    follow();
  };

  const over = (event: PointerEvent) => {
    if (holder.pressesAmongOthers(event)) down(event);
    else if (!holder.busy) look(event.clientX, event.clientY);
  };

  const up = (event: PointerEvent) => {
    if (holder.holds(event)) stop();
  };

  const cancel = (event: PointerEvent) => {
    holder.cancelled(event, when(event));
    up(event);
  };

  const takeBack = () => {
    stop();
    props().onUndo?.();
  };

  /** Wherever the focus is on the page. */
  const shortcut = (event: KeyboardEvent) => {
    if (!props().enabled || !asksUndo(event) || !isMeantFor(element, event.target)) return;
    takeBack();
    event.preventDefault();
  };

  const key = (event: KeyboardEvent) => {
    if (!props().enabled || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow !== undefined) {
      const step = event.shiftKey ? BIG_STEP : STEP;
      ink.move(ink.x + arrow[0] * step, ink.y + arrow[1] * step, performance.now());
    } else if (event.key === " ") {
      if (event.repeat) return event.preventDefault();
      if (ink.down) stop();
      else ink.press(ink.x, ink.y, performance.now());
      props().onPointer?.("keyboard");
    } else if (isZ(event)) takeBack();
    else return;
    setKeys(true);
    follow();
    event.preventDefault();
  };

  const blur = () => {
    if (!holder.busy) stop();
    setKeys(false);
  };
  const hold = (event: Event) => event.preventDefault();

  element.addEventListener("pointerdown", down);
  element.addEventListener("pointermove", over);
  element.addEventListener("lostpointercapture", up);
  element.addEventListener("keydown", key);
  element.addEventListener("blur", blur);
  // On the window, so that a line goes on and ends outside of the canvas where the pointer could not be captured.
  addEventListener("pointermove", move);
  addEventListener("pointerup", up);
  addEventListener("pointercancel", cancel);
  addEventListener("keydown", shortcut);
  // Old Safari scrolls in spite of touch-action.
  element.addEventListener("touchmove", hold, { passive: false });
  element.addEventListener("contextmenu", hold);
  const unwatch = watchSize(element, redraw);
  const unsubscribe = effect(() => {
    props().replaced();
    ink.resume(performance.now());
    if (props().sheet.strokes.length === 0 && ink.down) stop();
    redraw();
    follow();
  });
  return () => {
    stop();
    unwatch();
    unsubscribe();
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", up);
    removeEventListener("pointercancel", cancel);
    removeEventListener("keydown", shortcut);
  };
}

/** When an event happened, on the clock of performance.now(). */
function when(event: Event): number {
  const now = performance.now();
  return Math.abs(event.timeStamp - now) < 1000 ? Math.min(now, event.timeStamp) : now;
}
