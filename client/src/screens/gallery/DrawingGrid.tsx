/** Drawings on paper, in a grid; and the head of every page that shows some. */
import type { ComponentChildren } from "preact";
import type { Card } from "../../api/api";
import { Drawing } from "../../canvas/DrawingView";
import { Inkling } from "../../inkling/Inkling";
import type { PoseName } from "../../inkling/poses";
import { follow } from "../../routing/route";
import { en } from "../../text/en";

export function Head({ title, lead, pose = "idle" }: { title: string; lead: string; pose?: PoseName }) {
  return (
    <header class="sheets-head">
      <a class="brand" href="/" aria-label={en.gallery.home} onClick={(event) => follow(event, "/")}>
        <Inkling pose={pose} still />
        <span>{en.name}</span>
      </a>
      <h1>{title}</h1>
      <p class="soft">{lead}</p>
    </header>
  );
}

export function Waiting({ text, pose = "watching" }: { text: string; pose?: PoseName }) {
  return (
    <section class="card sheets-empty" role="status">
      <Inkling pose={pose} size="l" />
      <p>{text}</p>
    </section>
  );
}

export function Sheets({
  cards,
  foot,
}: {
  cards: readonly Card[];
  foot?: (card: Card) => ComponentChildren;
}) {
  return (
    <ul class="sheets" data-testid="sheets">
      {cards.map((card, i) => (
        <li key={card.id} data-state={card.state}>
          <a
            class="sheet-paper"
            href={`/d/${card.id}`}
            aria-label={en.gallery.of(card.display, i + 1)}
            onClick={(event) => follow(event, `/d/${card.id}`)}
          >
            <Drawing strokes={card.strokes} />
          </a>
          {foot?.(card)}
        </li>
      ))}
    </ul>
  );
}
