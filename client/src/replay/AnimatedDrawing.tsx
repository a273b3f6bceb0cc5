/** A drawing on a print of paper that draws itself, again and again. */
import { useMemo } from "preact/hooks";
import { SAMPLE_DRAWINGS, sampleInk } from "../artwork/sample_drawings";
import { prefersReducedMotion } from "../browser/media";
import { DrawingView } from "../canvas/DrawingView";
import { span } from "../canvas/geometry";
import type { Segment } from "../protocol";
import { en } from "../text/en";
import { useReplay } from "./useReplay";

export function SampleDrawing({ name, delay }: { name: string; delay: number }) {
  const strokes = useMemo(() => sampleInk(name), [name]);
  return <AnimatedDrawing strokes={strokes} display={SAMPLE_DRAWINGS[name]?.display ?? name} delay={delay} />;
}

export function AnimatedDrawing({
  strokes,
  display,
  delay,
}: {
  strokes: readonly Segment[];
  display: string;
  delay: number;
}) {
  const length = span(strokes)[1] * 0.55;
  const replay = useReplay(length, prefersReducedMotion() ? length : -delay, !prefersReducedMotion(), 5200);
  return (
    <figure class="print">
      <DrawingView
        strokes={strokes}
        at={prefersReducedMotion() ? undefined : replay.at / 0.55}
        label={en.landing.replayOf(display)}
        margin={0.12}
      />
    </figure>
  );
}
