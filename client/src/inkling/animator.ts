/** Moves one Inkling's SVG: flows from pose to pose, breathes, blinks, and looks where the pen is. */
import { gaze } from "./gaze";
import { interpolate, mouth, outline, POSES, type Pose, type PoseName, quiff } from "./poses";

const FLOW_MS = 220;
const EYES = [
  { x: 76, side: -1 },
  { x: 124, side: 1 },
] as const;
const EYE_Y = 108;

export class InklingAnimator {
  private from: Pose;
  private target: Pose;
  private name: PoseName;
  private since = 0;
  private handle = 0;
  private look = { x: 0, y: 0 };
  private blinkAt = 0;
  private readonly parts: Record<string, SVGElement> = {};

  constructor(
    private readonly svg: SVGSVGElement,
    pose: PoseName,
    private readonly still: () => boolean,
  ) {
    for (const part of svg.querySelectorAll<SVGElement>("[data-part]")) {
      this.parts[part.dataset.part ?? ""] = part;
    }
    this.name = pose;
    this.from = this.target = POSES[pose];
    this.blinkAt = performance.now() + 1500 + Math.random() * 3000;
    this.draw(this.target, 0, 1);
  }

  moveTo(name: PoseName): void {
    if (name === this.name) return;
    const now = performance.now();
    this.from = this.current(now);
    this.target = POSES[name];
    this.name = name;
    this.since = now;
    if (this.still()) this.draw(this.target, 0, 1);
  }

  run(): () => void {
    const step = (now: number) => {
      this.handle = requestAnimationFrame(step);
      if (this.still()) return;
      this.follow();
      this.draw(this.current(now), now / 1000, this.blink(now));
    };
    this.handle = requestAnimationFrame(step);
    return () => cancelAnimationFrame(this.handle);
  }

  private current(now: number): Pose {
    const x = Math.min(1, (now - this.since) / FLOW_MS);
    if (x >= 1) return this.target;
    // Ease out with a little overshoot: ink has weight.
    const eased = 1 + 2.2 * (x - 1) ** 3 + 1.2 * (x - 1) ** 2;
    return interpolate(this.from, this.target, eased);
  }

  private blink(now: number): number {
    if (now > this.blinkAt + 150) this.blinkAt = now + 2200 + Math.random() * 3800;
    const x = now - this.blinkAt;
    return x < 0 ? 1 : Math.abs(1 - x / 75);
  }

  private follow(): void {
    const to = gaze.value;
    let [x, y] = [0, 0];
    if (to !== null) {
      const box = this.svg.getBoundingClientRect();
      const dx = to.x - (box.left + box.width / 2);
      const dy = to.y - (box.top + box.height * 0.54);
      const far = Math.hypot(dx, dy) || 1;
      const reach = Math.min(1, far / (box.width * 0.7));
      x = (dx / far) * reach;
      y = (dy / far) * reach;
    }
    this.look.x += (x - this.look.x) * 0.25;
    this.look.y += (y - this.look.y) * 0.25;
  }

  private set(part: string, attributes: Record<string, string | number>): void {
    const element = this.parts[part];
    if (element === undefined) return;
    for (const [key, value] of Object.entries(attributes))
      element.setAttribute(key, typeof value === "number" ? value.toFixed(2) : value);
  }

  private draw(pose: Pose, seconds: number, open: number): void {
    const breath = pose.sleep > 0.5 ? Math.sin(seconds * 1.6) * 0.02 : Math.sin(seconds * 2.2) * 0.008;
    const body = { ...pose, tall: pose.tall + breath, wide: pose.wide - breath * 0.6 };
    this.set("all", {
      transform: `translate(0 ${(-pose.lift).toFixed(1)}) rotate(${pose.lean.toFixed(1)} 100 176)`,
    });
    this.set("body", { d: outline(body, seconds) });
    this.set("quiff", { d: quiff(body) });
    this.set("mouth", { d: mouth(body) });
    this.set("eyes", { opacity: 1 - pose.arc });
    this.set("arcs", { opacity: pose.arc });
    EYES.forEach(({ x, side }, i) => {
      const wide = Math.max(0.06, (i === 0 ? pose.left : pose.right) * open);
      const y = EYE_Y + (1 - body.tall) * 40;
      const px = x - side * 1.5 + this.look.x * 7.5;
      const py = y + this.look.y * 9 * Math.min(1, wide);
      this.set(`white${i}`, { cx: x, cy: y, rx: 19, ry: 23 * wide });
      this.set(`pupil${i}`, {
        cx: px,
        cy: py,
        rx: 10.5 * pose.pupil,
        ry: Math.min(11.5 * pose.pupil, 20 * wide),
      });
      this.set(`glint${i}`, { cx: px + 3.4, cy: py - 4, r: wide > 0.4 ? 3.4 : 0 });
      const bend = pose.bend * 15;
      this.set(`arc${i}`, { d: `M${x - 15} ${y + bend / 2}Q${x} ${y - bend} ${x + 15} ${y + bend / 2}` });
      const brow = y - 31 - (i === 0 ? pose.browL : pose.browR);
      this.set(`brow${i}`, {
        d: `M${x - 12} ${brow}Q${x} ${brow - 5} ${x + 12} ${brow}`,
        opacity: pose.brows,
        transform: `rotate(${(side * pose.angle).toFixed(1)} ${x} ${brow.toFixed(1)})`,
      });
      this.set(`cheek${i}`, { cx: x + side * 12, cy: y + 30, opacity: pose.cheeks });
    });
    this.set("spark", { opacity: pose.spark });
    this.set("sweat", { opacity: pose.sweat });
    this.set("sleep", { opacity: pose.sleep });
  }
}
