/** The one clock that all timers on the page share, corrected by the service's own time. */

const TICK_MS = 1000;

class Clock {
  /** The service's time in milliseconds since 1970, renewed once a second. */
  now = $state(Date.now());
  #ahead = 0;

  /** The service's time is `ahead` milliseconds ahead of this machine's. */
  correct(ahead: number): void {
    this.#ahead = ahead;
    this.#tick();
  }

  /** Tick until the returned function is called. */
  start(): () => void {
    const ticking = setInterval(() => this.#tick(), TICK_MS);
    return () => clearInterval(ticking);
  }

  #tick(): void {
    this.now = Date.now() + this.#ahead;
  }
}

export const clock = new Clock();
