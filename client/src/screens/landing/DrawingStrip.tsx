/** A strip of drawings, drawing themselves: those the host picked, or ours until there are enough. */
import { useEffect, useState } from "preact/hooks";
import { api, type DrawingCard } from "../../api/api";
import { SAMPLE_DRAWINGS } from "../../artwork/sample_drawings";
import { AnimatedDrawing, SampleDrawing } from "../../replay/AnimatedDrawing";
import { Link } from "../../routing/Link";
import { t } from "../../text";
import styles from "./DrawingStrip.module.css";

/** Drawings picked by the host below which ours are shown: fewer leave the line half empty. */
const MIN_PICKED_DRAWINGS = 6;

export function DrawingStrip() {
  const [picked, setPicked] = useState<DrawingCard[]>([]);
  useEffect(() => {
    void api.stripDrawings().then((answer) => {
      if (answer.ok && answer.value.drawings.length >= MIN_PICKED_DRAWINGS) setPicked(answer.value.drawings);
    });
  }, []);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it
    <section class={styles.strip} aria-label={t("landing.stripTitle")} tabIndex={0}>
      <ul>
        {picked.length > 0
          ? picked.map((card, i) => (
              <li key={card.id}>
                <Link to={`/d/${card.id}`}>
                  <AnimatedDrawing strokes={card.strokes} display={card.display} delay={i * 420} />
                </Link>
              </li>
            ))
          : Object.keys(SAMPLE_DRAWINGS).map((name, i) => (
              <li key={name}>
                <SampleDrawing name={name} delay={i * 420} />
              </li>
            ))}
      </ul>
    </section>
  );
}
