/** A drawing on a print of paper that draws itself, again and again. */
import { useMemo } from "preact/hooks";
import { SAMPLE_DRAWINGS, sampleInk } from "../artwork/sample_drawings";
import { prefersReducedMotion } from "../browser/media";
import { DrawingView } from "../canvas/DrawingView";
import { span } from "../canvas/geometry";
import type { Segment } from "../protocol";
import { t } from "../text";
import styles from "./AnimatedDrawing.module.css";
import { useReplay } from "./useReplay";

/** One of our hand-made drawings. */
export function SampleDrawing(props: { name: string; delay: number; class?: string | undefined }) {
  const { name, delay } = props;
  const strokes = useMemo(() => sampleInk(name), [name]);
  return (
    <AnimatedDrawing
      strokes={strokes}
      display={SAMPLE_DRAWINGS[name]?.display ?? name}
      delay={delay}
      class={props.class}
    />
  );
}

interface Props {
  strokes: readonly Segment[];
  display: string;
  /** Milliseconds until it begins. */
  delay: number;
  class?: string | undefined;
}

/** How long a drawing rests before it begins again. */
const REST_MS = 5200;
/** How much faster than it was drawn. */
const SPEED = 1 / 0.55;

export function AnimatedDrawing({ strokes, display, delay, class: name = "" }: Props) {
  const length = span(strokes)[1] / SPEED;
  const replay = useReplay(
    length,
    prefersReducedMotion() ? length : -delay,
    !prefersReducedMotion(),
    REST_MS,
  );
  return (
    <figure class={`sheet ${styles.print} ${name}`}>
      <DrawingView
        strokes={strokes}
        at={prefersReducedMotion() ? undefined : replay.at * SPEED}
        label={t("gallery.replayOf", { word: display })}
        margin={0.12}
      />
    </figure>
  );
}
