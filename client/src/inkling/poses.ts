/** Inkling's poses as numbers, so that one can flow into the next. */

export interface Pose {
  /** Squash and stretch of the body, and how far it leans (degrees) and lifts (units). */
  wide: number;
  tall: number;
  lean: number;
  lift: number;
  /** The tip of the drop on its head. */
  tipX: number;
  tipY: number;
  /** How open each eye is (0..1.15), the size of the pupils, and how much the eyes are arcs instead (0..1). */
  left: number;
  right: number;
  pupil: number;
  arc: number;
  /** Which way the arcs bend: 1 happy, -1 asleep. */
  bend: number;
  /** Brows: height above the eye, and angle (degrees, positive = worried). */
  browL: number;
  browR: number;
  angle: number;
  brows: number;
  /** Mouth: half width, curve (positive = smile), how open. */
  mouth: number;
  smile: number;
  open: number;
  /** Opacities of cheeks, spark, sweat and sleep. */
  cheeks: number;
  spark: number;
  sweat: number;
  sleep: number;
  /** How lively the outline is. */
  wobble: number;
}

export type PoseName =
  | "idle"
  | "watching"
  | "puzzled"
  | "warm"
  | "idea"
  | "sure"
  | "delighted"
  | "sheepish"
  | "asleep";

const IDLE: Pose = {
  wide: 1, tall: 1, lean: 0, lift: 0, tipX: 108, tipY: 26, left: 1, right: 1, pupil: 1, arc: 0, bend: 1,
  browL: 0, browR: 0, angle: 0, brows: 0, mouth: 9, smile: 6, open: 0, cheeks: 0, spark: 0, sweat: 0, sleep: 0,
  wobble: 0.012,
}; // biome-ignore format: a table

export const POSES: Record<PoseName, Pose> = {
  idle: IDLE,
  watching: { ...IDLE, tall: 1.03, left: 1.06, right: 1.06, pupil: 1.08, mouth: 6, smile: 2, tipX: 104, tipY: 22 },
  puzzled: {
    ...IDLE, lean: -7, left: 1.08, right: 0.72, pupil: 0.86, browL: 9, browR: -3, angle: -6, brows: 1, mouth: 8,
    smile: -4, tipX: 78, tipY: 30, wobble: 0.018,
  },
  warm: {
    ...IDLE, tall: 1.05, wide: 0.98, left: 1.1, right: 1.1, pupil: 1.2, browL: 5, browR: 5, brows: 1, mouth: 9,
    smile: 5, open: 7, cheeks: 0.75, tipX: 100, tipY: 18, wobble: 0.022,
  },
  idea: {
    ...IDLE, tall: 1.08, wide: 0.96, lift: 3, left: 1.14, right: 1.14, pupil: 1.15, browL: 9, browR: 9, brows: 1,
    mouth: 7, smile: 6, open: 9, spark: 1, tipX: 100, tipY: 12, wobble: 0.02,
  },
  sure: {
    ...IDLE, tall: 1.04, lean: 4, left: 0.8, right: 0.8, pupil: 1.05, browL: -1, browR: -1, angle: -14, brows: 1,
    mouth: 14, smile: 10, tipX: 104, tipY: 16,
  },
  delighted: {
    ...IDLE, tall: 1.09, wide: 1.02, lift: 8, arc: 1, bend: 1, mouth: 17, smile: 8, open: 20, cheeks: 1, spark: 1,
    tipX: 100, tipY: 8, wobble: 0.03,
  },
  sheepish: {
    ...IDLE, tall: 0.95, wide: 1.03, lean: 6, left: 0.78, right: 0.78, pupil: 0.92, browL: 3, browR: 3, angle: 16,
    brows: 1, mouth: 11, smile: -3, cheeks: 0.9, sweat: 1, tipX: 126, tipY: 34,
  },
  asleep: {
    ...IDLE, tall: 0.84, wide: 1.1, arc: 1, bend: -1, mouth: 5, smile: 1, open: 3, sleep: 1, tipX: 138, tipY: 46,
    wobble: 0.02,
  },
}; // biome-ignore format: a table

export function isPose(name: string): name is PoseName {
  return name in POSES;
}

export function interpolate(from: Pose, to: Pose, share: number): Pose {
  const out = { ...to };
  for (const key of Object.keys(to) as (keyof Pose)[]) out[key] = from[key] + (to[key] - from[key]) * share;
  return out;
}

const RADII = [1.02, 1.035, 1.0, 0.985, 1.0, 1.03, 1.015, 0.985, 0.99, 1.0, 0.985, 0.99];
const CENTRE = { x: 100, y: 116 };
const RADIUS = 64;

/** The outline of the blot: a smooth closed curve through twelve points that never stand quite still. */
export function outline(pose: Pose, seconds: number): string {
  const points = RADII.map((radius, i) => {
    const a = (i / RADII.length) * Math.PI * 2;
    const r = RADIUS * radius * (1 + pose.wobble * Math.sin(seconds * 1.7 + i * 2.4));
    return [
      CENTRE.x + Math.cos(a) * r * 1.06 * pose.wide,
      CENTRE.y + Math.sin(a) * r * 0.94 * pose.tall,
    ] as const;
  });
  const n = points.length;
  const at = (i: number) => points[(i + n) % n] as readonly [number, number];
  let d = `M${fix(at(0)[0])} ${fix(at(0)[1])}`;
  for (let i = 0; i < n; i++) {
    const [p0, p1, p2, p3] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    const k = 1 / 6;
    d += `C${fix(p1[0] + (p2[0] - p0[0]) * k)} ${fix(p1[1] + (p2[1] - p0[1]) * k)} ${fix(p2[0] - (p3[0] - p1[0]) * k)} ${fix(p2[1] - (p3[1] - p1[1]) * k)} ${fix(p2[0])} ${fix(p2[1])}`;
  }
  return `${d}Z`;
}

/** The drop on its head, from the body's shoulders to the tip. */
export function quiff(pose: Pose): string {
  const top = CENTRE.y - RADIUS * 0.9 * pose.tall;
  const { tipX: x, tipY: y } = pose;
  return `M66 ${fix(top + 14)}C86 ${fix(top + 2)} ${fix(x - 8)} ${fix((y + top) / 2 + 4)} ${fix(x)} ${fix(y)}C${fix(x + 6)} ${fix((y + top) / 2 + 6)} 116 ${fix(top + 2)} 134 ${fix(top + 14)}Z`;
}

export function mouth(pose: Pose): string {
  const y = 146 + (1 - pose.tall) * 20;
  const w = pose.mouth;
  const c = pose.smile * 1.6;
  return `M${fix(100 - w)} ${fix(y)}Q100 ${fix(y + c)} ${fix(100 + w)} ${fix(y)}Q100 ${fix(y + c + pose.open * 1.7)} ${fix(100 - w)} ${fix(y)}Z`;
}

function fix(value: number): string {
  return value.toFixed(1);
}
