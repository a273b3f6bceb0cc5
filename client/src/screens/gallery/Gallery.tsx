/** The wall: drawings by word, as the host picked them. */
import { useEffect, useState } from "preact/hooks";
import { api, type DrawingCard, type GalleryWord } from "../../api/api";
import { SAMPLE_DRAWINGS } from "../../artwork/sample_drawings";
import { SampleDrawing } from "../../replay/AnimatedDrawing";
import { Link } from "../../routing/Link";
import { refusalText, t } from "../../text";
import { DrawingGrid } from "./DrawingGrid";
import grid from "./DrawingGrid.module.css";
import styles from "./Gallery.module.css";
import { GalleryFoot, GalleryHead, GalleryPage, Message, MoreButton } from "./GalleryPage";

export function Gallery({ word }: { word: string }) {
  const [words, setWords] = useState<GalleryWord[] | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    void api.galleryWords().then((answer) => {
      if (answer.ok) setWords(answer.value.words);
      else setProblem(refusalText(answer.code));
    });
  }, []);
  const chosen = words?.find((one) => one.word === word) ?? words?.[0];
  return (
    <GalleryPage>
      <GalleryHead title={t("gallery.title")} lead={t("gallery.lead")} />
      {problem !== "" && <Message text={problem} pose="sheepish" />}
      {words === null && problem === "" && <Message text={t("gallery.loading")} />}
      {words?.length === 0 && <SampleGallery />}
      {words !== null && words.length > 0 && (
        <nav class={styles.words} aria-label={t("gallery.words")}>
          <ul>
            {words.map((one) => (
              <li key={one.word}>
                <Link
                  class={styles.word}
                  to={`/drawings/${encodeURIComponent(one.word)}`}
                  aria-current={one === chosen ? "page" : undefined}
                >
                  {one.display} <small>{one.count}</small>
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      )}
      {chosen !== undefined && <DrawingsOfWord key={chosen.word} word={chosen.word} />}
      <GalleryFoot to="/mine" label={t("gallery.myDrawings")} />
    </GalleryPage>
  );
}

function DrawingsOfWord({ word }: { word: string }) {
  const [cards, setCards] = useState<DrawingCard[]>([]);
  const [next, setNext] = useState(0);
  const load = async (skip: number) => {
    const answer = await api.drawingsOf(word, skip);
    if (!answer.ok) return;
    setCards((before) => [...(skip === 0 ? [] : before), ...answer.value.drawings]);
    setNext(answer.value.next);
  };
  useEffect(() => void load(0), [word]);
  return (
    <>
      <DrawingGrid cards={cards} />
      {next > 0 && <MoreButton label={t("gallery.more")} onClick={() => void load(next)} />}
    </>
  );
}

/** Until there are some: hand-made ones of ours. */
function SampleGallery() {
  return (
    <section class={styles.samples} data-testid="ours">
      <h2>{t("gallery.empty")}</h2>
      <p class="soft">{t("gallery.emptyMore")}</p>
      <ul class={grid.grid}>
        {Object.keys(SAMPLE_DRAWINGS).map((name, i) => (
          <li key={name}>
            <SampleDrawing name={name} delay={i * 420} class={styles.print} />
          </li>
        ))}
      </ul>
    </section>
  );
}
