/** The wall: drawings by word, as the host picked them. */
import { useEffect, useState } from "preact/hooks";
import { api, type Card, type GalleryWord } from "../../api/api";
import { OURS } from "../../artwork/sample_drawings";
import { follow } from "../../routing/route";
import { en } from "../../text/en";
import { Replaying } from "../landing/DrawingStrip";
import { Head, Sheets, Waiting } from "./DrawingGrid";

const t = en.gallery;

export function Gallery({ word }: { word: string }) {
  const [words, setWords] = useState<GalleryWord[] | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    void api.galleryWords().then((answer) => {
      if (answer.ok) setWords(answer.value.words);
      else setProblem(en.refusal(answer.code));
    });
  }, []);
  const chosen = words?.find((one) => one.word === word) ?? words?.[0];
  return (
    <main class="gallery">
      <Head title={t.title} lead={t.lead} />
      {problem !== "" && <Waiting text={problem} pose="sheepish" />}
      {words === null && problem === "" && <Waiting text={t.loading} />}
      {words?.length === 0 && <Ours />}
      {words !== null && words.length > 0 && (
        <nav class="gallery-words" aria-label={t.words}>
          <ul>
            {words.map((one) => (
              <li key={one.word}>
                <a
                  class="gallery-word"
                  href={`/drawings/${encodeURIComponent(one.word)}`}
                  aria-current={one === chosen ? "page" : undefined}
                  onClick={(event) => follow(event, `/drawings/${encodeURIComponent(one.word)}`)}
                >
                  {one.display} <small>{one.count}</small>
                </a>
              </li>
            ))}
          </ul>
        </nav>
      )}
      {chosen !== undefined && <Wall key={chosen.word} word={chosen.word} />}
      <footer class="sheets-foot">
        <a href="/mine" onClick={(event) => follow(event, "/mine")}>
          {t.mine}
        </a>
      </footer>
    </main>
  );
}

function Wall({ word }: { word: string }) {
  const [cards, setCards] = useState<Card[]>([]);
  const [next, setNext] = useState(0);
  const load = async (skip: number) => {
    const answer = await api.wall(word, skip);
    if (!answer.ok) return;
    setCards((before) => [...(skip === 0 ? [] : before), ...answer.value.drawings]);
    setNext(answer.value.next);
  };
  useEffect(() => void load(0), [word]);
  return (
    <>
      <Sheets cards={cards} />
      {next > 0 && (
        <button type="button" class="button sheets-more" onClick={() => void load(next)}>
          {t.more}
        </button>
      )}
    </>
  );
}

/** Until there are some: hand-made ones of ours. */
function Ours() {
  return (
    <section class="gallery-ours" data-testid="ours">
      <h2>{t.empty}</h2>
      <p class="soft">{t.emptyMore}</p>
      <ul class="sheets">
        {Object.keys(OURS).map((name, i) => (
          <li key={name}>
            <Replaying name={name} delay={i * 420} />
          </li>
        ))}
      </ul>
    </section>
  );
}
