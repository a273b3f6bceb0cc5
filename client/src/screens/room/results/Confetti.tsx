/** Paper confetti, once. Not with reduced motion. */
import { useEffect, useRef } from "preact/hooks";
import { prefersReducedMotion } from "../../../browser/media";
import { CONFETTI } from "../../../styles/palette";
import styles from "./Confetti.module.css";

/** Milliseconds until the last bit is gone. */
const CONFETTI_MS = 4200;

interface Bit {
  x: number;
  y: number;
  vx: number;
  vy: number;
  spin: number;
  size: number;
  colour: string;
}

export function Confetti() {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const ctx = element?.getContext("2d");
    if (element == null || ctx == null || prefersReducedMotion()) return;
    const [w, h] = [innerWidth, innerHeight];
    element.width = w;
    element.height = h;
    const bits = Array.from({ length: 110 }, () => bit(w, h));
    const began = performance.now();
    let handle = requestAnimationFrame(function step(now) {
      const t = (now - began) / 1000;
      ctx.clearRect(0, 0, w, h);
      ctx.globalAlpha = Math.max(0, Math.min(1, (CONFETTI_MS / 1000 - t) * 1.5));
      for (const one of bits) drop(ctx, one, t);
      if (now - began < CONFETTI_MS) handle = requestAnimationFrame(step);
      else ctx.clearRect(0, 0, w, h);
    });
    return () => cancelAnimationFrame(handle);
  }, []);
  return <canvas ref={canvas} class={styles.confetti} aria-hidden="true" />;
}

function bit(w: number, h: number): Bit {
  const side = Math.random() < 0.5 ? 0 : 1;
  return {
    x: side === 0 ? -10 : w + 10,
    y: h * (0.35 + Math.random() * 0.3),
    vx: (side === 0 ? 1 : -1) * (120 + Math.random() * w * 0.55),
    vy: -(180 + Math.random() * h * 0.55),
    spin: Math.random() * 9,
    size: 5 + Math.random() * 8,
    colour: CONFETTI[Math.floor(Math.random() * CONFETTI.length)] as string,
  };
}

/** Thrown up, slowed by the air, sinking. */
function drop(ctx: CanvasRenderingContext2D, one: Bit, t: number): void {
  const drag = 1 - Math.exp(-1.6 * t);
  ctx.save();
  ctx.translate(
    one.x + (one.vx * drag) / 1.6 + Math.sin(t * 3 + one.spin) * 12,
    one.y + (one.vy * drag) / 1.1 + 130 * t * t * 0.6,
  );
  ctx.rotate(one.spin + t * one.spin * 0.6);
  ctx.scale(1, Math.cos(t * 4 + one.spin));
  ctx.fillStyle = one.colour;
  ctx.fillRect(-one.size / 2, -one.size / 3, one.size, one.size * 0.66);
  ctx.restore();
}
