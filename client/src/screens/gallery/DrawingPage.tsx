/** One drawing, stroke by stroke, with what the machine thought at each moment. */
import { useEffect, useState } from "preact/hooks";
import { api, type DrawingDetails } from "../../api/api";
import { copy } from "../../browser/clipboard";
import { prefersReducedMotion } from "../../browser/media";
import { DrawingView } from "../../canvas/DrawingView";
import { span } from "../../canvas/geometry";
import { Inkling } from "../../inkling/Inkling";
import type { PoseName } from "../../inkling/poses";
import { ReplayControls } from "../../replay/ReplayControls";
import { useReplay } from "../../replay/useReplay";
import { withBase } from "../../routing/base_path";
import { inviteLink } from "../../session/invite_link";
import { credentials } from "../../storage/credentials";
import { capitalised, day, percent, refusalText, shortSeconds, t } from "../../text";
import { Dialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { showToast } from "../../ui/messages/show_toast";
import styles from "./DrawingPage.module.css";
import { GalleryFoot, GalleryHead, GalleryPage, Message } from "./GalleryPage";

export function DrawingPage({ id }: { id: string }) {
  const [drawing, setDrawing] = useState<DrawingDetails | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(
    () => void find(id).then((found) => (typeof found === "string" ? setProblem(found) : setDrawing(found))),
    [id],
  );
  return (
    <GalleryPage narrow class={styles.page}>
      {problem !== "" && (
        <>
          <GalleryHead title={t("gallery.drawing")} lead="" pose="sheepish" />
          <Message text={problem} pose="sheepish" />
        </>
      )}
      {drawing !== null && <Replay drawing={drawing} onGone={setProblem} />}
      <GalleryFoot to="/drawings" label={t("gallery.back")} />
    </GalleryPage>
  );
}

/** A drawing that is not shown to everybody may be one's own, or the operator is looking. */
async function find(id: string): Promise<DrawingDetails | string> {
  let answer = await api.drawing(id, null);
  for (const token of [credentials.token(), credentials.operator()]) {
    if (answer.ok) break;
    if (token !== null) answer = await api.drawing(id, token);
  }
  return answer.ok ? answer.value : refusalText(answer.code === "bad_code" ? "unknown_drawing" : answer.code);
}

function Replay({ drawing, onGone }: { drawing: DrawingDetails; onGone(text: string): void }) {
  const [first, last] = span(drawing.strokes);
  const length = Math.max(1, last - first);
  const replay = useReplay(length, prefersReducedMotion() ? length : 0, !prefersReducedMotion());
  const now = first + replay.at + drawing.first_point_at;
  const over = replay.at >= length;
  return (
    <>
      <GalleryHead
        title={capitalised(drawing.display)}
        lead={sentence(drawing)}
        pose={pose(drawing, now, over)}
      />
      <div class={`sheet ${styles.paper}`} data-hit={drawing.hit_at !== null}>
        <DrawingView
          strokes={drawing.strokes}
          at={over ? undefined : first + replay.at}
          label={t("gallery.picture", { word: drawing.display })}
        />
      </div>
      <ReplayControls
        replay={replay}
        length={length}
        again={t("gallery.replay")}
        name={t("gallery.scrub")}
        class={styles.controls}
      />
      <Thoughts drawing={drawing} now={over ? Number.POSITIVE_INFINITY : now} />
      <DrawingActions drawing={drawing} onGone={onGone} />
    </>
  );
}

function Thoughts({ drawing, now }: { drawing: DrawingDetails; now: number }) {
  if (drawing.thoughts.length === 0) return null;
  const thought = drawing.thoughts.findLast((one) => one.at <= now);
  return (
    <section class={`card ${styles.thoughts}`} data-testid="thoughts" aria-label={t("gallery.thinks")}>
      <Inkling pose={pose(drawing, now, false)} class={styles.inkling} />
      <ul data-idea={thought?.idea ?? false}>
        {(thought?.words ?? [[t("gallery.before"), 0] as [string, number]]).slice(0, 3).map(([word, p]) => (
          <li key={word} data-right={word === drawing.display}>
            <span>{word}</span>
            <span class={styles.bar} style={{ "--share": p }} aria-hidden="true" />
            <span class={styles.percent}>{percent(p)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function DrawingActions({ drawing, onGone }: { drawing: DrawingDetails; onGone(text: string): void }) {
  const [asking, setAsking] = useState(false);
  if (!drawing.shown) return <p class={`soft ${styles.small}`}>{t("gallery.onlyYou")}</p>;
  const report = async () => {
    setAsking(false);
    const answer = await api.report(drawing.id);
    if (answer.ok) onGone(t("gallery.reported"));
    else showToast(refusalText(answer.code), "bad");
  };
  const share = async () => {
    const path = `/d/${drawing.id}`;
    const link = inviteLink(path) || location.origin + withBase(path);
    showToast((await copy(link)) ? t("gallery.linked") : link);
  };
  return (
    <>
      <div class={`row ${styles.actions}`}>
        {(["gif", "svg", "png"] as const).map((kind) => (
          <a
            key={kind}
            class="button"
            href={withBase(`/d/${drawing.id}.${kind}`)}
            download={`${drawing.word}-${drawing.id}.${kind}`}
          >
            <Icon name={kind === "gif" ? "film" : "download"} />
            {t(`gallery.${kind}`)}
          </a>
        ))}
        <button type="button" class="button" data-testid="copy-link" onClick={() => void share()}>
          <Icon name="link" />
          {t("gallery.link")}
        </button>
        <button type="button" class="button quiet" data-testid="report" onClick={() => setAsking(true)}>
          <Icon name="flag" />
          {t("gallery.report")}
        </button>
      </div>
      <p class={`soft ${styles.small}`}>
        {day(drawing.at)} · {t("gallery.licence", { licence: drawing.licence })}
      </p>
      {asking && (
        <Dialog title={t("gallery.reportAsk")} onClose={() => setAsking(false)}>
          <p>{t("gallery.reportMore")}</p>
          <div class="row">
            {/* biome-ignore lint/a11y/noAutofocus: inside a modal dialog the first focus has to be chosen */}
            <button type="button" class="button" autoFocus onClick={() => setAsking(false)}>
              {t("gallery.reportNo")}
            </button>
            <button
              type="button"
              class="button danger"
              data-testid="report-yes"
              onClick={() => void report()}
            >
              {t("gallery.reportYes")}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function sentence(drawing: DrawingDetails): string {
  if (drawing.thoughts.length === 0) return "";
  return drawing.hit_at === null
    ? t("gallery.never")
    : t("gallery.knew", { seconds: shortSeconds(drawing.hit_at) });
}

/** Inkling's face at one moment of the round. */
function pose(drawing: DrawingDetails, now: number, over: boolean): PoseName {
  if (drawing.thoughts.length === 0) return "idle";
  if (drawing.hit_at !== null && (over || now >= drawing.hit_at)) return "delighted";
  if (over) return "sheepish";
  const thought = drawing.thoughts.findLast((one) => one.at <= now);
  if (thought === undefined || !thought.idea) return "puzzled";
  return (thought.words[0]?.[1] ?? 0) >= 0.75 ? "sure" : "watching";
}
