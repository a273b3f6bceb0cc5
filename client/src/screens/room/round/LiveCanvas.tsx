/** Somebody else's canvas, small and live. */
import { useEffect, useRef } from "preact/hooks";
import { square } from "../../../canvas/geometry";
import { matchPixelRatio, paint, penWidth, setInkStyle } from "../../../canvas/paint";
import { canvasOf } from "../../../session/canvases";
import { session } from "../../../session/session";

export function LiveCanvas({ seat }: { seat: number }) {
  const element = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const screen = element.current;
    const ctx = screen?.getContext("2d");
    if (screen == null || ctx == null) return;
    let handle = 0;
    let last = performance.now();
    let drawn = "";
    const step = (now: number) => {
      handle = requestAnimationFrame(step);
      const canvas = canvasOf(seat);
      canvas.advance(now - last, session.tickMs);
      last = now;
      const { size, changed } = matchPixelRatio(screen);
      const state = `${canvas.version}/${Math.floor(canvas.shown)}/${canvas.strokes.length}`;
      if (state === drawn && !changed) return;
      drawn = state;
      ctx.clearRect(0, 0, size, size);
      setInkStyle(ctx, penWidth(size));
      paint(ctx, canvas.strokes, square(size), canvas.shown);
    };
    handle = requestAnimationFrame(step);
    return () => cancelAnimationFrame(handle);
  }, [seat]);
  return <canvas ref={element} class="ink" aria-hidden="true" />;
}
