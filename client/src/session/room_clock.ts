/** Room time on this machine: the server's milliseconds, moved along by the local clock. */
export class RoomClock {
  private offset: number | null = null;

  /** A frame of room time `t` arrived at local time `now`. The least delayed frames are nearest to the truth. */
  sync(t: number, now: number): void {
    const sample = t - now;
    if (this.offset === null || Math.abs(sample - this.offset) > 1500) this.offset = sample;
    else this.offset += (sample - this.offset) * (sample > this.offset ? 0.5 : 0.05);
  }

  /** Room time at local time `now`. */
  at(now: number): number {
    return now + (this.offset ?? 0);
  }

  reset(): void {
    this.offset = null;
  }
}
