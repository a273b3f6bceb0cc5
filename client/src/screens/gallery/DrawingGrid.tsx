/** Drawings on paper, in a grid; and the head of every page that shows some. */
import type { ComponentChildren } from "preact";
import type { DrawingCard } from "../../api/api";
import { DrawingView } from "../../canvas/DrawingView";
import { Inkling } from "../../inkling/Inkling";
import type { PoseName } from "../../inkling/poses";
import { followLink } from "../../routing/route";
import { en } from "../../text/en";

export function GalleryHead({
  title,
  lead,
  pose = "idle",
}: {
  title: string;
  lead: string;
  pose?: PoseName;
}) {
  return (
    <header class="sheets-head">
      <a class="brand" href="/" aria-label={en.gallery.home} onClick={(event) => followLink(event, "/")}>
        <Inkling pose={pose} still />
        <span>{en.name}</span>
      </a>
      <h1>{title}</h1>
      <p class="soft">{lead}</p>
    </header>
  );
}

export function Message({ text, pose = "watching" }: { text: string; pose?: PoseName }) {
  return (
    <section class="card sheets-empty" role="status">
      <Inkling pose={pose} size="l" />
      <p>{text}</p>
    </section>
  );
}

export function DrawingGrid({
  cards,
  foot,
}: {
  cards: readonly DrawingCard[];
  foot?: (card: DrawingCard) => ComponentChildren;
}) {
  return (
    <ul class="sheets" data-testid="sheets">
      {cards.map((card, i) => (
        <li key={card.id} data-state={card.state}>
          <a
            class="sheet-paper"
            href={`/d/${card.id}`}
            aria-label={en.gallery.of(card.display, i + 1)}
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
