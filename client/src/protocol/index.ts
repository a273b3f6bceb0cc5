/** The protocol's types, generated from the server's (`make types`), and names for its two shapes of lines. */
import type { AvatarView, CanvasView } from "./protocol.gen";

export type {
  Announcement,
  AvatarView,
  CanvasView,
  Card,
  Frame,
  GuessOut,
  Inbound,
  InkOut,
  Notice,
  Outbound,
  Part,
  PlayerView,
  RefusalCode,
  RefusedOut,
  Reply,
  ResultView,
  RoomView,
  Settings,
  Snapshot,
  TaughtView,
  Thought,
  Welcome,
} from "./protocol.gen";
export { PROTOCOL_VERSION } from "./protocol.gen";

/** A stroke: x, y and t of equal length. */
export type Segment = CanvasView["strokes"][number];

/** A face: x and y of each stroke, 0..255. */
export type Doodle = AvatarView["doodle"];
