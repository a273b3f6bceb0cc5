/** The canvas one draws on: mouse, touch, pen and keyboard. Local ink is on the page in the same frame. */
import { effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { watchSize } from "../browser/media";
import { capturePointer, coalescedEvents } from "../browser/pointer";
import { lookAt } from "../inkling/gaze";
import type { Segment } from "../protocol";
import { ActivePointer } from "./active_pointer";
import styles from "./DrawingPad.module.css";
import { SIDE, square, toInk } from "./geometry";
import { matchPixelRatio, paint, paintTip, penWidth, setInkStyle } from "./paint";
import { Pen, type PenPorts } from "./pen";
import { asksUndo, isMeantFor, isZ } from "./undo_keys";

/** Strokes that the pad draws, and adds points to. */
export interface Ink {
  strokes: Segment[];
}

export interface DrawingPadProps {
  ink: Ink;
  /** Read inside an effect: a change means that the ink was replaced. */
  replaced(): unknown;
  enabled: boolean;
  label: string;
  testid?: string;
  class?: string | undefined;
  onPoint(x: number, y: number, t: number, starts: boolean): void;
  onUndo?(): void;
  onPointer?(kind: string): void;
  startTime?: PenPorts["startTime"];
  /** Take the keyboard at once. */
  focused?: boolean;
}

/** How far an arrow key moves the pen, in ink units. */
const STEP = 48;
/** The same with Shift. */
const BIG_STEP = 192;
const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function DrawingPad(props: DrawingPadProps) {
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
      class={`sheet ${styles.pad} ${props.class ?? ""}`}
      data-enabled={props.enabled}
      data-keys={keys}
      data-empty={props.ink.strokes.length === 0}
    >
      <canvas
        ref={canvas}
        class={styles.canvas}
        data-testid={props.testid}
        tabIndex={0}
        role="application"
        aria-label={props.label}
        aria-disabled={!props.enabled}
      />
      <div ref={cursor} class={styles.cursor} aria-hidden="true" />
    </div>
  );
}

function bind(
  element: HTMLCanvasElement,
  props: () => DrawingPadProps,
  cursor: HTMLElement | null,
  setKeys: (on: boolean) => void,
): () => void {
  const ctx = element.getContext("2d") as CanvasRenderingContext2D;
  let size = 0;
  const pointer = new ActivePointer();
  const frame = () => element.parentElement as HTMLElement;

  const redraw = () => {
    size = matchPixelRatio(element).size;
    ctx.clearRect(0, 0, size, size);
    setInkStyle(ctx, penWidth(size));
    paint(ctx, props().ink.strokes, square(size));
    frame().dataset.empty = String(props().ink.strokes.length === 0);
  };

  const startTime = props().startTime;
  const pen = new Pen({
    strokes: () => props().ink.strokes,
    ...(startTime === undefined ? {} : { startTime }),
    point: (x, y, t, starts) => {
      const strokes = props().ink.strokes;
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
    lookAt(box.left + (pen.x / SIDE) * box.width, box.top + (pen.y / SIDE) * box.height);
    if (cursor !== null) {
      cursor.style.left = `${(pen.x / SIDE) * 100}%`;
      cursor.style.top = `${(pen.y / SIDE) * 100}%`;
      cursor.dataset.down = String(pen.down);
    }
  };

  const stop = () => {
    if (pen.down) {
      pen.lift();
      redraw();
    }
    pointer.release();
  };

  const down = (event: PointerEvent) => {
    if (!props().enabled) return;
    const now = when(event);
    const result = pointer.press(event, now);
    pointer.notice(event, now);
    if (result === "ignore") return;
    if (pen.down) {
      pen.lift();
      redraw();
    }
    if (result === "take back") props().onUndo?.();
    capturePointer(element, event.pointerId);
    setKeys(false);
    props().onPointer?.(event.pointerType);
    pen.press(...toInk(event.clientX, event.clientY, element.getBoundingClientRect()), now);
    follow();
    event.preventDefault();
    element.focus({ preventScroll: true });
  };

  const move = (event: PointerEvent) => {
    pointer.notice(event, when(event));
    if (pointer.lost(event)) return stop();
    if (!pointer.holds(event)) return;
    if (!props().enabled) return stop();
    const box = element.getBoundingClientRect();
    for (const one of coalescedEvents(event)) pen.move(...toInk(one.clientX, one.clientY, box), when(one));
    follow();
  };

  const over = (event: PointerEvent) => {
    if (pointer.pressesAmongOthers(event)) down(event);
    else if (!pointer.busy) lookAt(event.clientX, event.clientY);
  };

  const up = (event: PointerEvent) => {
    if (pointer.holds(event)) stop();
  };

  const cancel = (event: PointerEvent) => {
    pointer.cancelled(event, when(event));
    up(event);
  };

  const undo = () => {
    stop();
    props().onUndo?.();
  };

  /** Wherever the focus is on the page. */
  const shortcut = (event: KeyboardEvent) => {
    if (!props().enabled || !asksUndo(event) || !isMeantFor(element, event.target)) return;
    undo();
    event.preventDefault();
  };

  const key = (event: KeyboardEvent) => {
    if (!props().enabled || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow !== undefined) {
      const step = event.shiftKey ? BIG_STEP : STEP;
      pen.move(pen.x + arrow[0] * step, pen.y + arrow[1] * step, performance.now());
    } else if (event.key === " ") {
      if (event.repeat) return event.preventDefault();
      if (pen.down) stop();
      else pen.press(pen.x, pen.y, performance.now());
      props().onPointer?.("keyboard");
    } else if (isZ(event)) undo();
    else return;
    setKeys(true);
    follow();
    event.preventDefault();
  };

  const blur = () => {
    if (!pointer.busy) stop();
    setKeys(false);
  };
  const prevent = (event: Event) => event.preventDefault();

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
  element.addEventListener("touchmove", prevent, { passive: false });
  element.addEventListener("contextmenu", prevent);
  const unwatch = watchSize(element, redraw);
  const unsubscribe = effect(() => {
    props().replaced();
    pen.resume(performance.now());
    if (props().ink.strokes.length === 0 && pen.down) stop();
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
