/** Which screen is on. */
import { useEffect, useRef } from "preact/hooks";
import { route } from "../routing/route";
import { Demo } from "../screens/demo/Demo";
import { Door } from "../screens/door/Door";
import { NotFound, VisitEnded } from "../screens/door/VisitEnded";
import { DrawingPage } from "../screens/gallery/DrawingPage";
import { Gallery } from "../screens/gallery/Gallery";
import { Moderation } from "../screens/gallery/Moderation";
import { MyDrawings } from "../screens/gallery/MyDrawings";
import { Help } from "../screens/help/Help";
import { Landing } from "../screens/landing/Landing";
import { pageTitle } from "../screens/room/page_title";
import { RoomScreen } from "../screens/room/RoomScreen";
import { connection, joinState, ownSeat, phase, round, view } from "../session/room_state";
import { endedText, t } from "../text";
import { CutEdgeFilter } from "../ui/CutEdgeFilter";
import { focusHeading } from "../ui/focus_heading";
import { assertiveText, politeText } from "../ui/messages/announcer";
import { Toasts } from "../ui/messages/Toasts";

export function App() {
  const [place, title, screen] = choose();
  useEffect(() => {
    document.title = title === "" ? t("name") : t("title.page", { place: title });
  }, [title]);
  const shown = `${place.replace("closing", "drawing")} ${joinState.value.is} ${round.value?.id ?? ""}`;
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) focusHeading();
    first.current = false;
  }, [shown]);
  return (
    <div class="app" data-phase={place} data-seat={ownSeat.value ?? ""}>
      <CutEdgeFilter />
      {screen}
      <Toasts />
      <div class="sr" aria-live="polite">
        {politeText.value}
      </div>
      <div class="sr" aria-live="assertive">
        {assertiveText.value}
      </div>
    </div>
  );
}

function choose() {
  const where = route.value;
  if (where.page === "help") return ["help", t("help.title"), <Help key="help" />] as const;
  if (where.page === "try")
    return ["try", t("demo.title"), <Demo key="try" wanted={where.recipe} />] as const;
  if (where.page === "drawings")
    return ["drawings", t("gallery.title"), <Gallery key="drawings" word={where.word} />] as const;
  if (where.page === "drawing")
    return ["replay", t("gallery.drawing"), <DrawingPage key={where.id} id={where.id} />] as const;
  if (where.page === "mine") return ["mine", t("myDrawings.title"), <MyDrawings key="mine" />] as const;
  if (where.page === "held") return ["held", t("moderation.title"), <Moderation key="held" />] as const;
  if (where.page === "nowhere")
    return ["nowhere", t("ended.notFound.title"), <NotFound key="nowhere" />] as const;
  if (where.page === "home") return ["landing", "", <Landing key="landing" />] as const;
  const state = connection.value;
  if (state.is === "ended")
    return [state.is, endedText(state.code).title, <VisitEnded key="ended" />] as const;
  if (state.is === "blocked")
    return [state.is, t("ended.blocked.title"), <VisitEnded key="ended" />] as const;
  if (joinState.value.is === "joined" && view.value !== null)
    return [phase.value, pageTitle(), <RoomScreen key="game" />] as const;
  return ["door", t("tab.room", { code: where.code }), <Door key={where.code} code={where.code} />] as const;
}
