/** The album of the game: a tap draws a page again, and each can be saved as PNG. */
import { DrawingView } from "../../../canvas/DrawingView";
import { span } from "../../../canvas/geometry";
import { savePng } from "../../../canvas/png";
import type { ResultView } from "../../../protocol";
import { useReplay } from "../../../replay/useReplay";
import { playerName } from "../../../session/room_state";
import { t } from "../../../text";
import { Icon } from "../../../ui/Icon";
import styles from "./Album.module.css";

export function Album({ results }: { results: readonly ResultView[] }) {
  const drawn = results.filter((result) => result.strokes.length > 0);
  return (
    <section class={styles.album} data-testid="album">
      <h2>{t("album.title")}</h2>
      {drawn.length === 0 ? (
        <p class="soft">{t("album.empty")}</p>
      ) : (
        <>
          <p class="soft">{t("album.hint")}</p>
          <ul>
            {drawn.map((result) => (
              <AlbumPage key={`${result.round}-${result.seat}`} result={result} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function AlbumPage({ result }: { result: ResultView }) {
  const [first, last] = span(result.strokes);
  const length = Math.max(1, last - first);
  const replay = useReplay(length);
  const name = playerName(result.seat);
  const save = t("album.savePng", { name, word: result.display });
  return (
    <li class={`sheet ${styles.page}`} data-hit={result.hit_at !== null}>
      <button
        type="button"
        class={styles.drawing}
        aria-label={t("album.replay", { drawing: t("reveal.of", { name }), word: result.display })}
        onClick={replay.start}
      >
        <DrawingView strokes={result.strokes} at={replay.at < length ? first + replay.at : undefined} />
      </button>
      <div class={styles.foot}>
        <p>
          <strong>{result.display}</strong>
          <span class="soft">{name}</span>
        </p>
        <button
          type="button"
          class="button square quiet"
          data-testid="save-png"
          aria-label={save}
          title={save}
          onClick={() => void savePng(result.strokes, t("album.file", { word: result.word, name }))}
        >
          <Icon name="download" />
        </button>
      </div>
    </li>
  );
}
