/** Teach the machine a word: everybody in the room draws it, a dozen times in all; then it is played. */
import { useState } from "preact/hooks";
import type { TaughtView } from "../../../protocol";
import { isHost, view } from "../../../session/room_state";
import { session } from "../../../session/session";
import { listOf, t } from "../../../text";
import { Icon } from "../../../ui/Icon";
import styles from "./Teach.module.css";
import { TeachDialog } from "./TeachDialog";

export function Teach() {
  const [word, setWord] = useState<string | null>(null);
  const taught = view.value?.taught ?? [];
  const own = taught.filter((one) => one.scope === "room");
  const others = taught.filter((one) => one.scope !== "room");
  return (
    <section class={`card ${styles.teach}`} aria-label={t("teach.title")}>
      <h2>{t("teach.title")}</h2>
      <p class="soft">{t("teach.lead")}</p>
      {own.length > 0 && (
        <ul class={styles.words}>
          {own.map((one) => (
            <TaughtWord key={one.word} taught={one} onDraw={() => setWord(one.word)} />
          ))}
        </ul>
      )}
      {others.length > 0 && (
        <p class="soft">{t("teach.others", { words: listOf(others.map((one) => one.word)) })}</p>
      )}
      <button type="button" class="button" data-testid="teach" onClick={() => setWord("")}>
        <Icon name="pencil" />
        {t("teach.open")}
      </button>
      {word !== null && <TeachDialog word={word} onClose={() => setWord(null)} />}
    </section>
  );
}

function TaughtWord({ taught, onDraw }: { taught: TaughtView; onDraw(): void }) {
  const progress = t("teach.progress", { count: taught.drawings, needed: taught.needed });
  const forget = t("teach.forget", { word: taught.word });
  return (
    <li class={styles.word} data-ready={taught.ready} data-testid="lesson">
      <strong>{taught.word}</strong>
      {taught.ready ? (
        <span class="badge">{t("teach.new")}</span>
      ) : (
        <progress max={taught.needed} value={taught.drawings} aria-label={progress} />
      )}
      <span class="soft">{progress}</span>
      <button type="button" class="button quiet" onClick={onDraw}>
        {t("teach.draw")}
      </button>
      {isHost.value && (
        <button
          type="button"
          class="button square quiet"
          aria-label={forget}
          title={forget}
          onClick={() => void session.command("unteach", { word: taught.word })}
        >
          <Icon name="remove" />
        </button>
      )}
    </li>
  );
}
