/** The album of the game: a tap draws a page again, and each can be saved as PNG. */
import { DrawingView } from "../../../canvas/DrawingView";
import { span } from "../../../canvas/geometry";
import { savePng } from "../../../canvas/png";
import type { ResultView } from "../../../protocol";
import { useReplay } from "../../../replay/useReplay";
import { playerName } from "../../../session/room_state";
import { en } from "../../../text/en";
import { Icon } from "../../../ui/Icon";
import styles from "./Album.module.css";

export function Album({ results }: { results: readonly ResultView[] }) {
  const drawn = results.filter((result) => result.strokes.length > 0);
  return (
    <section class={styles.album} data-testid="album">
      <h2>{en.podium.album}</h2>
      {drawn.length === 0 ? (
        <p class="soft">{en.podium.emptyAlbum}</p>
      ) : (
        <>
          <p class="soft">{en.podium.albumHint}</p>
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
  return (
    <li class={`sheet ${styles.page}`} data-hit={result.hit_at !== null}>
      <button
        type="button"
        class={styles.drawing}
        aria-label={`${en.reveal.replay}: ${en.reveal.of(name)}, ${result.display}`}
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
          aria-label={en.podium.savePng(result.display, name)}
          title={en.podium.savePng(result.display, name)}
          onClick={() => void savePng(result.strokes, en.podium.file(result.word, name))}
        >
          <Icon name="download" />
        </button>
      </div>
    </li>
  );
}
