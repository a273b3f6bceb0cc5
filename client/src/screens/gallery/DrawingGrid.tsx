/** Drawings on paper, in a grid. */
import type { ComponentChildren } from "preact";
import type { DrawingCard } from "../../api/api";
import { DrawingView } from "../../canvas/DrawingView";
import { followLink } from "../../routing/route";
import { t } from "../../text";
import styles from "./DrawingGrid.module.css";

export function DrawingGrid({
  cards,
  foot,
}: {
  cards: readonly DrawingCard[];
  foot?: (card: DrawingCard) => ComponentChildren;
}) {
  return (
    <ul class={styles.grid} data-testid="sheets">
      {cards.map((card, i) => (
        <li key={card.id} data-state={card.state}>
          <a
            class={`sheet ${styles.paper}`}
            href={`/d/${card.id}`}
            aria-label={t("gallery.of", { place: i + 1, word: card.display })}
            onClick={(event) => followLink(event, `/d/${card.id}`)}
          >
            <DrawingView strokes={card.strokes} />
          </a>
          {foot?.(card)}
        </li>
      ))}
    </ul>
  );
}
