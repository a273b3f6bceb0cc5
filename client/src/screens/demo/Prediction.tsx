/** What a network says of what it was shown: one sentence, every class as a bar, the picture that it saw. */
import { useState } from "preact/hooks";
import type { NetworkInfo } from "../../api/api";
import { Inkling } from "../../inkling/Inkling";
import type { PoseName } from "../../inkling/poses";
import { capitalised, largeNumber, listOf, percent, precisePercent, refusalText, t } from "../../text";
import styles from "./Prediction.module.css";
import * as demo from "./state";

/** Probability (0 to 1) from which the network counts as sure of a class. */
const SURE_PROBABILITY = 0.8;
/** Probability (0 to 1) from which it takes a class for likely. */
const LIKELY_PROBABILITY = 0.5;
/** Classes up to which each keeps its place; of more the likeliest are shown. */
const MAX_CLASSES_IN_PLACE = 12;

export function Prediction({ chosen }: { chosen: NetworkInfo }) {
  const told = demo.prediction.value;
  const { pose, line } = sentence(chosen);
  return (
    <section class={styles.prediction} aria-busy={demo.busy.value}>
      <div class={styles.said}>
        <Inkling pose={pose} size="m" class={styles.inkling} />
        <p class={`speech ${styles.speech} speech-line`} data-testid="try-sentence" role="status">
          {line}
        </p>
      </div>
      <Bars classes={chosen.classes} chances={told?.chances ?? []} />
      <div class={`card ${styles.facts}`}>
        {told !== null && (
          <figure>
            <img src={told.seen} alt="" width="84" height="84" />
            <figcaption>{t("demo.seen")}</figcaption>
          </figure>
        )}
        <div>
          {chosen.accuracy !== null && (
            <p>
              <strong>{accuracyText(chosen.accuracy, chosen.n)}</strong>
              {chosen.target !== "" && (
                <span class="soft">, {t("demo.target", { target: chosen.target })}</span>
              )}
            </p>
          )}
          {chosen.note !== "" && <p class="soft">{chosen.note}</p>}
          <p class="soft">{chosen.data}</p>
        </div>
      </div>
    </section>
  );
}

function sentence(chosen: NetworkInfo): { pose: PoseName; line: string } {
  if (demo.problem.value !== "")
    return {
      pose: demo.problem.value === "guesser_away" ? "asleep" : "sheepish",
      line: refusalText(demo.problem.value),
    };
  const [first, second] = demo.prediction.value?.chances ?? [];
  if (first === undefined)
    return demo.busy.value
      ? { pose: "watching", line: t("demo.thinking") }
      : { pose: "idle", line: knowsText(chosen.classes) };
  const [word, p] = first;
  if (p >= SURE_PROBABILITY)
    return { pose: "sure", line: t("demo.sure", { word: capitalised(word), share: sureness(p) }) };
  if (p >= LIKELY_PROBABILITY)
    return { pose: "idea", line: t("demo.think", { word: capitalised(word), share: sureness(p) }) };
  return { pose: "puzzled", line: t("demo.doubt", { word, other: second?.[0] ?? word, share: sureness(p) }) };
}

function knowsText(classes: readonly string[]): string {
  if (classes.length > MAX_CLASSES_IN_PLACE) return t("demo.knowsCount", { count: classes.length });
  return t("demo.knows", { words: listOf(classes) });
}

function accuracyText(accuracy: number, pictures: number): string {
  const share = precisePercent(accuracy);
  if (pictures === 0) return t("demo.accuracyDrawings", { share });
  return t("demo.accuracy", { share, count: largeNumber(pictures) });
}

/** A probability as percent; never 100% unless it is. */
function sureness(p: number): string {
  return p > 0.995 && p < 1 ? t("demo.over99") : percent(p);
}

function Bars({ classes, chances }: { classes: readonly string[]; chances: readonly [string, number][] }) {
  const [every, setEvery] = useState(false);
  const many = classes.length > MAX_CLASSES_IN_PLACE;
  const of = new Map(chances);
  const rows: [string, number][] = many
    ? chances.slice(0, every ? chances.length : 10)
    : classes.map((name) => [name, of.get(name) ?? 0]);
  const best = chances[0]?.[0];
  return (
    <div class={styles.chart}>
      <ol
        class={styles.bars}
        data-testid="try-bars"
        aria-label={t("demo.bars")}
        data-empty={chances.length === 0}
      >
        {rows.map(([name, p]) => (
          <li key={name} data-best={name === best}>
            <span class={styles.class}>{name}</span>
            <span class={styles.bar} aria-hidden="true">
              <span style={{ transform: `scaleX(${Math.max(p, 0).toFixed(4)})` }} />
            </span>
            <span class={styles.percent} data-testid="percent">
              {chances.length > 0 ? percent(p) : ""}
            </span>
          </li>
        ))}
      </ol>
      {many && chances.length > 0 && (
        <button type="button" class="button quiet" onClick={() => setEvery(!every)}>
          {every ? t("demo.fewer") : t("demo.every", { count: chances.length })}
        </button>
      )}
    </div>
  );
}
