/** Where an invitation leads: to where the page was opened, unless only this computer can open that. */
import { attempt } from "../browser/attempt";
import { withBase } from "../routing/base_path";
import { serverInfo } from "./room_state";

/** The scheme and host that an address begins with; "" while nobody else could follow one. */
export function inviteOrigin(): string {
  if (!isLoopbackHost(location.hostname)) return location.origin;
  const stated = serverInfo.value?.invite_base ?? "";
  return attempt(() => new URL(stated).origin, "");
}

/** The address of one of our pages for others; "" while nobody else could follow one. */
export function inviteLink(path: string): string {
  const origin = inviteOrigin();
  return origin === "" ? "" : origin + withBase(path);
}

/** Whether a host, as browsers write it, means this computer. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  if (name === "localhost" || name.endsWith(".localhost")) return true;
  return /^(?:127\.[0-9.]+|0\.0\.0\.0|\[::1?\]|\[::ffff:(?:7f[0-9a-f]{2}:[0-9a-f]{1,4}|0:0)\])$/.test(name);
}
