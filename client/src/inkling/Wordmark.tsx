/** The name, drawn once, stroke by stroke; the dot of the second i is Inkling, who watches the pen. */
import { useEffect, useRef } from "preact/hooks";
import { prefersReducedMotion } from "../browser/media";
import { t } from "../text";
import { lookAt } from "./gaze";
import { Inkling } from "./Inkling";
import styles from "./Wordmark.module.css";

const STROKES = [
  "M30 34C31 62 29 92 32 122",
  "M66 74C67 90 66 106 67 122C67 96 80 74 97 76C112 78 108 104 110 122",
  "M140 30C141 60 139 92 141 122",
  "M180 74C168 86 155 94 142 98C158 102 170 112 184 122",
  "M210 30C211 62 208 92 211 112C212 120 216 123 222 121",
  "M250 76C251 92 249 106 251 122",
  "M284 74C285 90 284 106 285 122C285 96 298 74 315 76C330 78 326 104 328 122",
  "M398 86C388 68 360 72 358 98C357 122 388 126 397 104C399 96 399 86 399 76C402 104 402 130 396 146C388 166 362 164 356 148",
];

/** Milliseconds that each stroke takes. */
const STROKE_MS = 170;

export function Wordmark() {
  const svg = useRef<SVGSVGElement>(null);
  useEffect(() => {
    const element = svg.current;
    if (element === null || prefersReducedMotion()) return;
    return drawOnce(element);
  }, []);
  return (
    <h1 class={styles.wordmark}>
      <span class="sr">{t("name")}</span>
      <svg ref={svg} class={styles.letters} viewBox="10 10 420 160" aria-hidden="true">
        {STROKES.map((d) => (
          <path key={d} d={d} pathLength={1} data-stroke />
        ))}
        <path class={styles.dot} d="M250 30c5 8 12 12 11 20-1 7-6 10-12 10s-10-5-10-11c0-7 7-11 11-19z" />
      </svg>
      <Inkling pose="watching" size="l" class={styles.inkling} />
    </h1>
  );
}

function drawOnce(svg: SVGSVGElement): () => void {
  const paths = [...svg.querySelectorAll<SVGPathElement>("path[data-stroke]")];
  for (const path of paths) {
    path.style.strokeDasharray = "1 2";
    path.style.strokeDashoffset = "1";
  }
  const began = performance.now() + 250;
  let handle = requestAnimationFrame(function step(now) {
    const t = (now - began) / STROKE_MS;
    paths.forEach((path, i) => {
      const share = Math.max(0, Math.min(1, (t - i * 1.15) / 1));
      path.style.strokeDashoffset = String(1 - share);
      path.style.opacity = share > 0 ? "1" : "0";
      if (share > 0 && share < 1) followTip(path, share);
    });
    if (t < paths.length * 1.15 + 0.2) handle = requestAnimationFrame(step);
  });
  return () => cancelAnimationFrame(handle);
}

function followTip(path: SVGPathElement, share: number): void {
  const at = path.getPointAtLength(path.getTotalLength() * share);
  const matrix = path.getScreenCTM();
  if (matrix !== null) lookAt(at.x * matrix.a + matrix.e, at.y * matrix.d + matrix.f);
}
