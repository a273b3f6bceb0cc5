/** The prompt on a card that turns over; three, two, one. */
import { useEffect, useState } from "preact/hooks";
import { Inkling } from "../../../inkling/Inkling";
import { roomTime, round, view } from "../../../session/room_state";
import { t } from "../../../text";
import styles from "./Countdown.module.css";

export function Countdown() {
  const current = round.value;
  const [left, setLeft] = useState(count());
  useEffect(() => {
    const timer = setInterval(() => setLeft(count()), 60);
    return () => clearInterval(timer);
  }, []);
  if (current === null) return null;
  return (
    <main class={styles.countdown}>
      <div class={styles.turning}>
        <div class={`${styles.card} card`}>
          <p class="soft">{t("countdown.round", { round: current.n, rounds: current.of })}</p>
          <p class={styles.draw}>{t("countdown.draw")}</p>
          {current.taught && (
            <p class="badge" data-testid="new-word">
              {t("teach.newWord")}
            </p>
          )}
          <h1 data-testid="prompt" class={styles.word}>
            {current.display}
          </h1>
          <p key={left} class={styles.count} data-testid="count" aria-hidden="true">
            {left}
          </p>
        </div>
      </div>
      <Inkling pose={left <= 1 ? "warm" : "watching"} size="m" />
    </main>
  );
}

function count(): number {
  const until = view.value?.until ?? 0;
  return Math.max(1, Math.min(9, Math.ceil((until - roomTime()) / 1000)));
}
