/** A strip of drawings, drawing themselves: those the host picked, or ours until there are enough. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { api, type Card } from "../../api/api";
import { ink, OURS } from "../../artwork/sample_drawings";
import { calm } from "../../browser/media";
import { Drawing } from "../../canvas/DrawingView";
import { span } from "../../canvas/geometry";
import type { Segment } from "../../protocol";
import { useReplay } from "../../replay/useReplay";
import { follow } from "../../routing/route";
import { en } from "../../text/en";

/** Fewer than these leave the line half empty. */
const ENOUGH = 6;

export function Strip() {
  const [picked, setPicked] = useState<Card[]>([]);
  useEffect(() => {
    void api.strip().then((answer) => {
      if (answer.ok && answer.value.drawings.length >= ENOUGH) setPicked(answer.value.drawings);
    });
  }, []);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it
    <section class="strip" aria-label={en.landing.stripTitle} tabIndex={0}>
      <ul>
        {picked.length > 0
          ? picked.map((card, i) => (
              <li key={card.id}>
                <a href={`/d/${card.id}`} onClick={(event) => follow(event, `/d/${card.id}`)}>
                  <Film strokes={card.strokes} display={card.display} delay={i * 420} />
                </a>
              </li>
            ))
          : Object.keys(OURS).map((name, i) => (
              <li key={name}>
                <Replaying name={name} delay={i * 420} />
              </li>
            ))}
      </ul>
    </section>
  );
}

export function Replaying({ name, delay }: { name: string; delay: number }) {
  const strokes = useMemo(() => ink(name), [name]);
  return <Film strokes={strokes} display={OURS[name]?.display ?? name} delay={delay} />;
}

function Film({ strokes, display, delay }: { strokes: readonly Segment[]; display: string; delay: number }) {
  const length = span(strokes)[1] * 0.55;
  const replay = useReplay(length, calm() ? length : -delay, !calm(), 5200);
  return (
    <figure class="print">
      <Drawing
        strokes={strokes}
        at={calm() ? undefined : replay.at / 0.55}
        label={en.landing.replayOf(display)}
        margin={0.12}
      />
    </figure>
  );
}
