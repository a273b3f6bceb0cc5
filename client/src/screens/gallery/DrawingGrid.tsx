/** Drawings on paper, in a grid. */
import type { ComponentChildren } from "preact";
import type { DrawingCard } from "../../api/api";
import { DrawingView } from "../../canvas/DrawingView";
import { Link } from "../../routing/Link";
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
          <Link
            class={`sheet ${styles.paper}`}
            to={`/d/${card.id}`}
            aria-label={t("gallery.of", { place: i + 1, word: card.display })}
          >
            <DrawingView strokes={card.strokes} />
          </Link>
          {foot?.(card)}
        </li>
      ))}
    </ul>
  );
}
