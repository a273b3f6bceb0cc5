/** Live connections. Hardened browsers and some add-ons take them out of the page. */
import { attempt } from "./attempt";

export const hasSockets: boolean = attempt(() => typeof WebSocket === "function", false);
