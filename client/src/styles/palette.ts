/** The colours of tokens.css that scripts draw with. Canvases are paper in both themes, so these are the light ones. */

/** A sheet of paper, and the ink on it. */
export const SHEET = "#ffffff";
export const SHEET_INK = "#1b1b2f";

/** Paper confetti. */
export const CONFETTI = ["#2b46e6", "#ffd257", "#c8371f", "#1c7a4a", "#7a3cc2", "#1b1b2f"] as const;
