/** Which screen is on. */
import { useEffect, useRef } from "preact/hooks";
import { route } from "../routing/route";
import { Try } from "../screens/demo/Demo";
import { Door } from "../screens/door/Door";
import { Ended, Nowhere } from "../screens/door/VisitEnded";
import { OneDrawing } from "../screens/gallery/DrawingPage";
import { Gallery } from "../screens/gallery/Gallery";
import { Held } from "../screens/gallery/Moderation";
import { Mine } from "../screens/gallery/MyDrawings";
import { Help } from "../screens/help/Help";
import { Landing } from "../screens/landing/Landing";
import { roomTitle } from "../screens/room/page_title";
import { Game } from "../screens/room/RoomScreen";
import { door, link, phase, round, seat, view } from "../session/room_state";
import { en } from "../text/en";
import { CutEdges } from "../ui/CutEdgeFilter";
import { focusHeading } from "../ui/focus_heading";
import { Notes } from "../ui/Toasts";
import { assertive, polite } from "../ui/toasts";

export function App() {
  const [place, title, screen] = choose();
  useEffect(() => {
    document.title = en.title(title);
  }, [title]);
  const shown = `${place.replace("closing", "drawing")} ${door.value.is} ${round.value?.id ?? ""}`;
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) focusHeading();
    first.current = false;
  }, [shown]);
  return (
    <div class="app" data-phase={place} data-seat={seat.value ?? ""}>
      <CutEdges />
      {screen}
      <Notes />
      <div class="sr" aria-live="polite">
        {polite.value}
      </div>
      <div class="sr" aria-live="assertive">
        {assertive.value}
      </div>
    </div>
  );
}

function choose() {
  const where = route.value;
  if (where.page === "help") return ["help", en.help.title, <Help key="help" />] as const;
  if (where.page === "try") return ["try", en.tryout.title, <Try key="try" wanted={where.recipe} />] as const;
  if (where.page === "drawings")
    return ["drawings", en.gallery.title, <Gallery key="drawings" word={where.word} />] as const;
  if (where.page === "drawing")
    return ["replay", en.gallery.one, <OneDrawing key={where.id} id={where.id} />] as const;
  if (where.page === "mine") return ["mine", en.mine.title, <Mine key="mine" />] as const;
  if (where.page === "held") return ["held", en.held.title, <Held key="held" />] as const;
  if (where.page === "nowhere")
    return ["nowhere", en.waiting.notFoundTitle, <Nowhere key="nowhere" />] as const;
  if (where.page === "home") return ["landing", "", <Landing key="landing" />] as const;
  const state = link.value;
  if (state.is === "ended") return [state.is, en.ended(state.code).title, <Ended key="ended" />] as const;
  if (state.is === "blocked") return [state.is, en.waiting.blockedTitle, <Ended key="ended" />] as const;
  if (door.value.is === "inside" && view.value !== null)
    return [phase.value, roomTitle(), <Game key="game" />] as const;
  return ["door", en.tab.room(where.code), <Door key={where.code} code={where.code} />] as const;
}
