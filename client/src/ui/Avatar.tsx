/** A player's doodle in a round frame. */
import type { Doodle } from "../protocol";
import styles from "./Avatar.module.css";

interface Props {
  doodle: Doodle | undefined;
  size?: "s" | "m" | "l";
  class?: string | undefined;
}

export function Avatar({ doodle, size = "m", class: name = "" }: Props) {
  return (
    <svg class={`${styles.avatar} ${name}`} data-size={size} viewBox="-12 -12 280 280" aria-hidden="true">
      {(doodle ?? []).map(([xs, ys], i) => (
        <path key={i} d={path(xs, ys)} />
      ))}
    </svg>
  );
}

function path(xs: readonly number[], ys: readonly number[]): string {
  const d = xs.map((x, i) => `${i === 0 ? "M" : "L"}${x} ${ys[i]}`).join("");
  return xs.length === 1 ? `${d}h0.1` : d;
}
