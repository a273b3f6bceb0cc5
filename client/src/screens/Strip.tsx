/** A strip of drawings of ours, drawing themselves. */
import { useMemo } from "preact/hooks";
import { Drawing } from "../canvas/Drawing";
import { span } from "../canvas/geometry";
import { ink, OURS } from "../drawings/ours";
import { en } from "../text/en";
import { calm } from "../ui/motion";
import { useReplay } from "../ui/useReplay";

export function Strip() {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it
    <section class="strip" aria-label={en.landing.stripTitle} tabIndex={0}>
      <ul>
        {Object.keys(OURS).map((name, i) => (
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
  const length = span(strokes)[1] * 0.55;
  const replay = useReplay(length, calm() ? length : -delay, !calm(), 5200);
  return (
    <figure class="print">
      <Drawing
        strokes={strokes}
        at={calm() ? undefined : replay.at / 0.55}
        label={en.landing.replayOf(OURS[name]?.display ?? name)}
        margin={0.12}
      />
    </figure>
  );
}
