/** Somebody else's canvas, small and live. */
import { useEffect, useRef } from "preact/hooks";
import { nib } from "../../../canvas/DrawingPad";
import { square } from "../../../canvas/geometry";
import { paint, pen, sharpen } from "../../../canvas/paint";
import { sheetOf } from "../../../session/canvases";
import { play } from "../../../session/session";

export function Thumb({ seat }: { seat: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const ctx = element?.getContext("2d");
    if (element == null || ctx == null) return;
    let handle = 0;
    let last = performance.now();
    let drawn = "";
    const step = (now: number) => {
      handle = requestAnimationFrame(step);
      const sheet = sheetOf(seat);
      sheet.flow(now - last, play.tickMs);
      last = now;
      const { size, changed } = sharpen(element);
      const state = `${sheet.version}/${Math.floor(sheet.shown)}/${sheet.strokes.length}`;
      if (state === drawn && !changed) return;
      drawn = state;
      ctx.clearRect(0, 0, size, size);
      pen(ctx, nib(size));
      paint(ctx, sheet.strokes, square(size), sheet.shown);
    };
    handle = requestAnimationFrame(step);
    return () => cancelAnimationFrame(handle);
  }, [seat]);
  return <canvas ref={canvas} class="sheet" aria-hidden="true" />;
}
