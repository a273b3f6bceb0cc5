/** Inkling: a blot of ink with two eyes. One SVG, many poses. */
import { useEffect, useRef } from "preact/hooks";
import { prefersReducedMotion } from "../browser/media";
import { en } from "../text/en";
import { InklingAnimator } from "./animator";
import type { PoseName } from "./poses";

export interface InklingProps {
  pose: PoseName;
  size?: string;
  /** Small ones beside other people's canvases hold still. */
  still?: boolean;
  /** Say the pose to screen readers; otherwise it is decoration. */
  spoken?: boolean;
}

export function Inkling({ pose, still = false, spoken = false, size }: InklingProps) {
  const svg = useRef<SVGSVGElement>(null);
  const animator = useRef<InklingAnimator | null>(null);
  useEffect(() => {
    if (svg.current === null) return;
    animator.current = new InklingAnimator(svg.current, pose, () => still || prefersReducedMotion());
    return still ? undefined : animator.current.run();
  }, [still]);
  useEffect(() => animator.current?.moveTo(pose), [pose]);
  const label = spoken
    ? { role: "img" as const, "aria-label": en.inkling.poses[pose] ?? "" }
    : { "aria-hidden": true };
  return (
    <svg ref={svg} class="inkling" data-pose={pose} data-size={size} viewBox="0 0 200 200" {...label}>
      <g data-part="spark" class="inkling-spark" opacity="0">
        <path d="M34 42l-12-14M58 22l-5-17M166 42l12-14M142 22l5-17" />
      </g>
      <g data-part="all">
        <path data-part="quiff" class="inkling-ink" />
        <path data-part="body" class="inkling-ink" />
        <circle cx="22" cy="168" r="7" class="inkling-ink inkling-spot" />
        <circle cx="182" cy="160" r="5" class="inkling-ink inkling-spot" />
        <circle cx="13" cy="150" r="3.4" class="inkling-ink inkling-spot" />
        <ellipse cx="66" cy="72" rx="13" ry="6" transform="rotate(-34 66 72)" class="inkling-shine" />
        <ellipse data-part="cheek0" rx="10" ry="6" class="inkling-cheek" opacity="0" />
        <ellipse data-part="cheek1" rx="10" ry="6" class="inkling-cheek" opacity="0" />
        <g data-part="eyes">
          <ellipse data-part="white0" class="inkling-white" />
          <ellipse data-part="white1" class="inkling-white" />
          <ellipse data-part="pupil0" class="inkling-dark" />
          <ellipse data-part="pupil1" class="inkling-dark" />
          <circle data-part="glint0" class="inkling-white" />
          <circle data-part="glint1" class="inkling-white" />
        </g>
        <g data-part="arcs" class="inkling-line" opacity="0">
          <path data-part="arc0" />
          <path data-part="arc1" />
        </g>
        <g class="inkling-line inkling-brows">
          <path data-part="brow0" opacity="0" />
          <path data-part="brow1" opacity="0" />
        </g>
        <path data-part="mouth" class="inkling-mouth" />
        <path
          data-part="sweat"
          class="inkling-sweat"
          d="M168 74c8 11 10 16 5 21s-14 1-12-7c1-5 4-8 7-14z"
          opacity="0"
        />
      </g>
      <g data-part="sleep" class="inkling-sleep" opacity="0">
        <path d="M150 40h14l-14 16h14M172 16h10l-10 12h10" />
      </g>
    </svg>
  );
}
