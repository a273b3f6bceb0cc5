/** The protocol's types under one roof. */

export type Segment = [number[], number[], number[]];
export type Doodle = [number[], number[]][];

export interface Settings {
  rounds: number;
  seconds: number;
  seats: number;
  pack: string;
  open_table: boolean;
  keep: boolean;
}

export interface PlayerView {
  seat: number;
  name: string;
  here: boolean;
  ready: boolean;
  done: boolean;
  score: number;
  gained: number;
  hit_at: number | null;
  first: boolean;
  evening: number;
  wins: number;
}

export interface RoundView {
  id: number;
  n: number;
  of: number;
  prompt: string;
  display: string;
  seconds: number;
  ends: number;
  stopped: boolean;
  void: boolean;
}

export interface Thought {
  at: number;
  says: string;
  p: number;
}

export interface ResultView {
  seat: number;
  round: number;
  word: string;
  display: string;
  strokes: Segment[];
  hit_at: number | null;
  ink_share: number | null;
  points: number;
  first: boolean;
  best: number;
  funniest: string;
  thoughts: Thought[];
}

export interface RoomView {
  code: string;
  phase: string;
  until: number | null;
  host: number | null;
  locked: boolean;
  settings: Settings;
  players: PlayerView[];
  round: RoundView | null;
  game: number;
}

export interface CanvasView {
  seat: number;
  seq: number;
  strokes: Segment[];
  activity: number;
  pose: string;
}

export interface AvatarView {
  seat: number;
  doodle: Doodle;
}

export interface Hello {
  protocol: number;
  player: string;
  version: string;
  tick_ms: number;
}

export interface Snapshot {
  o: number;
  t: number;
  view: RoomView;
  avatars: AvatarView[];
  canvases: CanvasView[];
  results: ResultView[];
  guesser: boolean;
  saving: boolean;
}

export interface Welcome {
  id: number;
  seat: number;
  token: string;
  snapshot: Snapshot;
}

export type InkOut = [seat: number, seq: number, kind: string, joined: boolean, segments: Segment[]];

export interface Happening {
  kind: string;
  seat?: number;
  at?: number;
  points?: number;
  first?: boolean;
}

export interface Frame {
  o: number;
  t: number;
  stored?: Record<string, [number, number]>;
  ink?: InkOut[];
  activity?: Record<string, number>;
  poses?: Record<string, string>;
  events?: Happening[];
  view?: RoomView | null;
  avatars?: AvatarView[];
  results?: ResultView[];
}

export interface GuessOut {
  round: number;
  seq: number;
  revision: number;
  pose: string;
  says: string;
  mutters: [string, number][];
  confidence: number;
  asked_at: number;
}

export interface Reply {
  id: number;
  ok: boolean;
  code?: string;
  detail?: string;
}

export interface RefusedOut {
  event: string;
  code: string;
  round?: number;
  seq?: number;
  expected?: number;
  detail?: string;
}

export interface Notice {
  kind: string;
  ok: boolean;
}

export interface Ended {
  code: string;
}

export const PROTOCOL_VERSION = 1;
