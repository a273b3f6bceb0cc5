/** Messages between the tabs of this browser. Firefox refuses them where cookies are blocked. */
import { attempt } from "./attempt";

export interface Channel<T> {
  post(message: T): void;
}

/** Null where tabs cannot talk with each other. */
export function openChannel<T>(name: string, listener: (message: T) => void): Channel<T> | null {
  return attempt(() => {
    const channel = new BroadcastChannel(name);
    channel.onmessage = ({ data }: MessageEvent<T>) => listener(data);
    return { post: (message: T) => attempt(() => channel.postMessage(message), undefined) };
  }, null);
}
