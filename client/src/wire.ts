/** The protocol's types under one roof: generated ones, and names for the shapes they are made of. */

import type { AvatarView, CanvasView } from "./protocol.gen";

export * from "./protocol.gen";

export type Segment = CanvasView["strokes"][number];
export type Doodle = AvatarView["doodle"];
