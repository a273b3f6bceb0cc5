/** The marks of a hit: the large stamp on one's own canvas, a small one on any drawing. */
import { en } from "../../text/en";
import styles from "./HitStamp.module.css";

export function HitStamp({ points, at, first }: { points: number; at: number; first: boolean }) {
  return (
    <div class={styles.stamp} data-testid="hit-stamp">
      <strong>{en.drawing.hit}</strong>
      <span>
        {en.drawing.plus(points)} · {en.drawing.hitAt(at)}
        {first && ` · ${en.drawing.hitFirst}`}
      </span>
      <em>{en.drawing.finish}</em>
    </div>
  );
}

export function HitBadge({ first = false }: { first?: boolean }) {
  return <span class={styles.badge}>{first ? en.drawing.hitFirst : en.drawing.hit}</span>;
}
