/** Storage that the browser may switch off, or that may be full: then things last as long as the page. */

export class SafeStorage {
  /** What the browser did not take. It is newer than what the browser still has, so it comes first. */
  private readonly spare = new Map<string, string | null>();
  constructor(private readonly kind: "localStorage" | "sessionStorage") {}

  get(key: string): string | null {
    const spare = this.spare.get(key);
    if (spare !== undefined) return spare;
    try {
      return globalThis[this.kind].getItem(key);
    } catch {
      return null;
    }
  }

  set(key: string, value: string | null): void {
    try {
      if (value === null) globalThis[this.kind].removeItem(key);
      else globalThis[this.kind].setItem(key, value);
      this.spare.delete(key);
    } catch {
      this.spare.set(key, value);
    }
  }
}

export const localStore = new SafeStorage("localStorage");
export const tabStore = new SafeStorage("sessionStorage");
