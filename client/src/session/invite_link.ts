/** Where an invitation leads: to where the page was opened, unless only this computer can open that. */
import { serverInfo } from "./room_state";

/** The address in front of `/r/CODE`; "" while nobody else could follow one. */
export function inviteOrigin(): string {
  return isLoopbackHost(location.hostname) ? (serverInfo.value?.invite_base ?? "") : location.origin;
}

/** Whether a host, as browsers write it, means this computer. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  if (name === "localhost" || name.endsWith(".localhost")) return true;
  return /^(?:127\.[0-9.]+|0\.0\.0\.0|\[::1?\]|\[::ffff:(?:7f[0-9a-f]{2}:[0-9a-f]{1,4}|0:0)\])$/.test(name);
}
