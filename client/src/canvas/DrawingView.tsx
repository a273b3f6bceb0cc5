/** A finished drawing: shown whole, or up to a moment, or drawing itself. */
import { useEffect, useRef } from "preact/hooks";
import { watchSize } from "../browser/media";
import type { Segment } from "../protocol";
import { SHEET_INK } from "../styles/palette";
import { fit, pointsUntil } from "./geometry";
import { matchPixelRatio, paint, penWidth, setInkStyle } from "./paint";

export interface DrawingViewProps {
  strokes: readonly Segment[];
  /** Show what was there at this time (ms since the first point); all of it without. */
  at?: number | undefined;
  label?: string;
  colour?: string;
  margin?: number;
}

export function DrawingView({ strokes, at, label, colour = SHEET_INK, margin = 0.08 }: DrawingViewProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const draw = useRef<() => void>(() => undefined);
  draw.current = () => {
    const element = canvas.current;
    const ctx = element?.getContext("2d");
    if (element == null || ctx == null) return;
    const { size } = matchPixelRatio(element);
    ctx.clearRect(0, 0, size, size);
    setInkStyle(ctx, penWidth(size), colour);
    const limit = at === undefined ? undefined : pointsUntil(strokes, at);
    paint(ctx, strokes, fit(strokes, size, size * margin), limit);
  };
  useEffect(() => draw.current(), [strokes, at, colour, margin]);
  useEffect(() => {
    if (canvas.current === null) return;
    return watchSize(canvas.current, () => draw.current());
  }, []);
  return label === undefined ? (
    <canvas ref={canvas} class="ink" aria-hidden="true" />
  ) : (
    <canvas ref={canvas} class="ink" role="img" aria-label={label} />
  );
}
