/** Inkling: a blot of ink with two eyes. One SVG, many poses. */
import { useEffect, useRef } from "preact/hooks";
import { prefersReducedMotion } from "../browser/media";
import { t } from "../text";
import { InklingAnimator } from "./animator";
import styles from "./Inkling.module.css";
import type { PoseName } from "./poses";

export interface InklingProps {
  pose: PoseName;
  size?: string;
  /** Small ones beside other people's canvases hold still. */
  still?: boolean;
  /** Say the pose to screen readers; otherwise it is decoration. */
  spoken?: boolean;
  class?: string | undefined;
}

export function Inkling({ pose, still = false, spoken = false, size, class: name = "" }: InklingProps) {
  const svg = useRef<SVGSVGElement>(null);
  const animator = useRef<InklingAnimator | null>(null);
  useEffect(() => {
    if (svg.current === null) return;
    animator.current = new InklingAnimator(svg.current, pose, () => still || prefersReducedMotion());
    return still ? undefined : animator.current.run();
  }, [still]);
  useEffect(() => animator.current?.moveTo(pose), [pose]);
  const label = spoken
    ? { role: "img" as const, "aria-label": t(`inkling.pose.${pose}`) }
    : { "aria-hidden": true };
  return (
    <svg
      ref={svg}
      class={`${styles.inkling} ${name}`}
      data-pose={pose}
      data-size={size}
      viewBox="0 0 200 200"
      {...label}
    >
      <g data-part="spark" class={styles.spark} opacity="0">
        <path d="M34 42l-12-14M58 22l-5-17M166 42l12-14M142 22l5-17" />
      </g>
      <g data-part="all">
        <path data-part="quiff" class={styles.ink} />
        <path data-part="body" class={styles.ink} />
        <circle cx="22" cy="168" r="7" class={`${styles.ink} ${styles.spot}`} />
        <circle cx="182" cy="160" r="5" class={`${styles.ink} ${styles.spot}`} />
        <circle cx="13" cy="150" r="3.4" class={`${styles.ink} ${styles.spot}`} />
        <ellipse cx="66" cy="72" rx="13" ry="6" transform="rotate(-34 66 72)" class={styles.shine} />
        <ellipse data-part="cheek0" rx="10" ry="6" class={styles.cheek} opacity="0" />
        <ellipse data-part="cheek1" rx="10" ry="6" class={styles.cheek} opacity="0" />
        <g data-part="eyes">
          <ellipse data-part="white0" class={styles.eye} />
          <ellipse data-part="white1" class={styles.eye} />
          <ellipse data-part="pupil0" class={styles.pupil} />
          <ellipse data-part="pupil1" class={styles.pupil} />
          <circle data-part="glint0" class={styles.eye} />
          <circle data-part="glint1" class={styles.eye} />
        </g>
        <g data-part="arcs" class={styles.arcs} opacity="0">
          <path data-part="arc0" />
          <path data-part="arc1" />
        </g>
        <g class={`${styles.arcs} ${styles.brows}`}>
          <path data-part="brow0" opacity="0" />
          <path data-part="brow1" opacity="0" />
        </g>
        <path data-part="mouth" class={styles.mouth} />
        <path
          data-part="sweat"
          class={styles.sweat}
          d="M168 74c8 11 10 16 5 21s-14 1-12-7c1-5 4-8 7-14z"
          opacity="0"
        />
      </g>
      <g data-part="sleep" class={styles.sleep} opacity="0">
        <path d="M150 40h14l-14 16h14M172 16h10l-10 12h10" />
      </g>
    </svg>
  );
}
