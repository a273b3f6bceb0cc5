/** The marks of a hit: the large stamp on one's own canvas, a small one on any drawing. */
import { shortSeconds, t } from "../../text";
import styles from "./HitStamp.module.css";

export function HitStamp({ points, at, first }: { points: number; at: number; first: boolean }) {
  return (
    <div class={styles.stamp} data-testid="hit-stamp">
      <strong>{t("drawing.hit")}</strong>
      <span>
        {t("drawing.plus", { points })} · {t("drawing.hitAt", { seconds: shortSeconds(at) })}
        {first && ` · ${t("drawing.hitFirst")}`}
      </span>
      <em>{t("drawing.finish")}</em>
    </div>
  );
}

export function HitBadge({ first = false }: { first?: boolean }) {
  return <span class={styles.badge}>{first ? t("drawing.hitFirst") : t("drawing.hit")}</span>;
}
