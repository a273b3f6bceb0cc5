/** What a network says of what it was shown: one sentence, every class as a bar, the picture that it saw. */
import { useState } from "preact/hooks";
import type { NetworkInfo } from "../../api/api";
import { Inkling } from "../../inkling/Inkling";
import type { PoseName } from "../../inkling/poses";
import { en } from "../../text/en";
import styles from "./Prediction.module.css";
import * as demo from "./state";

const t = en.tryout;
const SURE = 0.8;
const LIKELY = 0.5;
/** So many classes keep their places; of more the likeliest are shown. */
const FEW = 12;

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
            <figcaption>{t.seen}</figcaption>
          </figure>
        )}
        <div>
          {chosen.accuracy !== null && (
            <p>
              <strong>{t.accuracy(chosen.accuracy, chosen.n)}</strong>
              {chosen.target !== "" && <span class="soft">, {t.target(chosen.target)}</span>}
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
      line: en.refusal(demo.problem.value),
    };
  const [first, second] = demo.prediction.value?.chances ?? [];
  if (first === undefined)
    return demo.busy.value
      ? { pose: "watching", line: t.thinking }
      : { pose: "idle", line: t.knows(chosen.classes) };
  const [word, p] = first;
  if (p >= SURE) return { pose: "sure", line: t.sure(word, p) };
  if (p >= LIKELY) return { pose: "idea", line: t.think(word, p) };
  return { pose: "puzzled", line: t.doubt(word, second?.[0] ?? word, p) };
}

function Bars({ classes, chances }: { classes: readonly string[]; chances: readonly [string, number][] }) {
  const [every, setEvery] = useState(false);
  const many = classes.length > FEW;
  const of = new Map(chances);
  const rows: [string, number][] = many
    ? chances.slice(0, every ? chances.length : 10)
    : classes.map((name) => [name, of.get(name) ?? 0]);
  const best = chances[0]?.[0];
  return (
    <div class={styles.chart}>
      <ol class={styles.bars} data-testid="try-bars" aria-label={t.bars} data-empty={chances.length === 0}>
        {rows.map(([name, p]) => (
          <li key={name} data-best={name === best}>
            <span class={styles.class}>{name}</span>
            <span class={styles.bar} aria-hidden="true">
              <span style={{ transform: `scaleX(${Math.max(p, 0).toFixed(4)})` }} />
            </span>
            <span class={styles.percent} data-testid="percent">
              {chances.length > 0 ? en.percent(p) : ""}
            </span>
          </li>
        ))}
      </ol>
      {many && chances.length > 0 && (
        <button type="button" class="button quiet" onClick={() => setEvery(!every)}>
          {every ? t.fewer : t.every(chances.length)}
        </button>
      )}
    </div>
  );
}
