/** Inkling beside the canvas: what it says, what else it thinks of, and (with room) what it thought before. */
import { useEffect, useState } from "preact/hooks";
import { Inkling } from "../../../inkling/Inkling";
import { moodOf, muttersLine, saysLine } from "../../../inkling/mood";
import { guess, guesserReady, guessHistory, ownHit, phase, round } from "../../../session/room_state";
import { percent, t } from "../../../text";
import styles from "./Mascot.module.css";

export function Mascot() {
  const mood = moodOf({
    guess: guess.value,
    hit: ownHit.value !== null,
    display: round.value?.display ?? "",
    asleep: !guesserReady.value,
    over: phase.value === "closing",
    sorry: useSorry(guess.value?.says ?? ""),
  });
  return (
    <aside class={styles.mascot} data-pose={mood.pose}>
      <Inkling pose={mood.pose} size="m" spoken class={styles.inkling} />
      <div class={`speech ${styles.speech}`} data-testid="guess" data-pose={mood.pose}>
        <p class="speech-line">{mood.line}</p>
        {mood.chips.length > 0 && (
          <ul class={styles.chips}>
            {mood.chips.slice(0, 2).map(([word, p]) => (
              <li key={word} class={styles.chip}>
                <span>{t("inkling.or", { word })}</span>
                <meter min={0} max={1} value={p} aria-hidden="true" />
                <small>{percent(p)}</small>
              </li>
            ))}
          </ul>
        )}
      </div>
      <div class={styles.thoughts} hidden={guessHistory.value.length === 0}>
        <h2>{t("drawing.history")}</h2>
        <ol>
          {guessHistory.value.map((heard) => (
            <li key={heard.key} data-said={heard.said}>
              <span>{heard.said ? saysLine(heard.word) : muttersLine(heard.word)}</span>
              <ConfidenceBar p={heard.confidence} />
            </li>
          ))}
        </ol>
      </div>
    </aside>
  );
}

/** A while after it said something that was no hit, Inkling understands. */
function useSorry(says: string): boolean {
  const [sorryFor, setSorryFor] = useState("");
  useEffect(() => {
    if (says === "") return setSorryFor("");
    const timer = setTimeout(() => setSorryFor(says), 1300);
    return () => clearTimeout(timer);
  }, [says]);
  return says !== "" && sorryFor === says;
}

function ConfidenceBar({ p }: { p: number }) {
  return (
    <span class={styles.bar} aria-hidden="true">
      <span style={{ transform: `scaleX(${p.toFixed(3)})` }} />
    </span>
  );
}
