import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  FIRST_RETRY_MS,
  GRACE_MS,
  LiveBoard,
  LONGEST_RETRY_MS,
  SILENCE_MS,
  SNAPSHOT_MS,
  type Listener,
  type View,
} from "./live";
import { SIGNED_OUT, type Change, type ServerMessage } from "./protocol";
import { board, crisisCard } from "./samples";

const START = Date.parse("2026-01-06T11:00:00Z");

/** The service's end of all lines that the client opened, the newest last. */
class Service {
  lines: { listener: Listener; asked: string[]; open: boolean }[] = [];
  hasSession = true;
  ahead: number[] = [];

  open = (listener: Listener) => {
    const line = { listener, asked: [] as string[], open: true };
    this.lines.push(line);
    return { send: (text: string) => line.asked.push(text), close: () => (line.open = false) };
  };

  get line() {
    const line = this.lines.at(-1);
    if (!line) throw new Error("nobody has connected");
    return line;
  }

  say(message: Record<string, unknown>): void {
    const at = new Date().toISOString();
    this.line.listener.message(JSON.stringify({ at, ...message }));
  }

  snapshot(number: number, crises = [crisisCard()]): void {
    this.say({
      type: "snapshot",
      number,
      board: board({ crises }),
    } satisfies Partial<ServerMessage>);
  }

  change(number: number, change: Change): void {
    this.say({ type: "change", number, change } satisfies Partial<ServerMessage>);
  }

  heartbeat(number: number): void {
    this.say({ type: "heartbeat", number } satisfies Partial<ServerMessage>);
  }

  trouble(...about: string[]): void {
    const since = "2026-01-06T11:00:00+00:00";
    const troubles = about.map((one) => ({ about: one, text: `Trouble with ${one}.`, since }));
    this.say({ type: "trouble", troubles } satisfies Partial<ServerMessage>);
  }

  hangUp(code = 1006): void {
    this.line.listener.closed(code);
  }
}

const CLOSED: Change = { kind: "crisis_closed", ref: "K7Q", team: "north" };
const ASK = JSON.stringify({ type: "snapshot" });

let service: Service;
let live: LiveBoard;
let view: View;

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  service = new Service();
  live = new LiveBoard({
    open: service.open,
    signedIn: () => Promise.resolve(service.hasSession),
    correctClock: (ahead) => service.ahead.push(ahead),
    random: () => 1,
  });
  live.subscribe((next) => (view = next));
  live.start();
});

afterEach(() => {
  live.stop();
  vi.useRealTimers();
});

describe("while the line is good", () => {
  test("it is connecting until the first snapshot, then live", () => {
    expect(view).toMatchObject({ connection: "connecting", board: null });
    service.snapshot(7);
    expect(view).toMatchObject({ connection: "live", staleSince: null });
    expect(view.board?.crises).toHaveLength(1);
  });

  test("consecutive changes are applied", () => {
    service.snapshot(7);
    service.change(8, { kind: "nothing" });
    service.change(9, CLOSED);
    expect(view.connection).toBe("live");
    expect(view.board?.crises).toEqual([]);
    expect(service.line.asked).toEqual([]);
  });

  test("a change that the snapshot already holds is ignored", () => {
    service.snapshot(7);
    service.change(7, CLOSED);
    expect(view.board?.crises).toHaveLength(1);
    expect(view.connection).toBe("live");
  });

  test("heartbeats alone keep it live", () => {
    service.snapshot(7);
    for (let beat = 0; beat < 10; beat++) {
      vi.advanceTimersByTime(5000);
      service.heartbeat(7);
    }
    expect(view.connection).toBe("live");
    expect(service.lines).toHaveLength(1);
  });

  test("the page's clock follows the service's", () => {
    service.say({ type: "heartbeat", number: 0, at: new Date(START + 90_000).toISOString() });
    expect(service.ahead).toEqual([90_000]);
  });
});

describe("when something is wrong with the service", () => {
  const about = () => view.troubles.map((trouble) => trouble.about);

  test("it is shown from the first word to the last, beside a board that stays live", () => {
    service.snapshot(7);
    service.trouble("database", "heartbeat");
    expect(about()).toEqual(["database", "heartbeat"]);
    service.change(8, { kind: "nothing" });
    service.trouble("heartbeat");
    expect(about()).toEqual(["heartbeat"]);
    expect(view.connection).toBe("live");
    service.trouble();
    expect(about()).toEqual([]);
  });

  test("it stays while nothing better is known, until a fresh snapshot comes without it", () => {
    service.snapshot(7);
    service.trouble("database");
    service.hangUp();
    expect(view.connection).toBe("stale");
    vi.advanceTimersByTime(FIRST_RETRY_MS);
    expect(about()).toEqual(["database"]);
    service.snapshot(8);
    expect(about()).toEqual([]);
  });

  test("whoever is signed out is told nothing", () => {
    service.snapshot(7);
    service.trouble("database");
    service.hangUp(SIGNED_OUT);
    expect(about()).toEqual([]);
  });
});

describe("when something was missed", () => {
  test("a gap in the numbers is stale at once, and one snapshot is asked for", () => {
    service.snapshot(7);
    vi.advanceTimersByTime(2000);
    service.change(9, CLOSED);
    service.change(10, CLOSED);
    expect(view).toMatchObject({ connection: "stale", staleSince: START });
    expect(view.board?.crises).toHaveLength(1);
    expect(service.line.asked).toEqual([ASK]);
    service.snapshot(10, []);
    expect(view).toMatchObject({ connection: "live", staleSince: null });
    service.change(11, { kind: "crisis", crisis: crisisCard() });
    expect(view.board?.crises).toHaveLength(1);
  });

  test("a reload asks for a snapshot", () => {
    service.snapshot(7);
    service.change(8, { kind: "reload" });
    expect(service.line.asked).toEqual([ASK]);
    expect(view.connection).toBe("stale");
  });

  test("a heartbeat may run ahead of its change for a second, no longer", () => {
    service.snapshot(7);
    service.heartbeat(8);
    vi.advanceTimersByTime(GRACE_MS - 1);
    expect(view.connection).toBe("live");
    service.change(8, { kind: "nothing" });
    vi.advanceTimersByTime(GRACE_MS);
    expect(view.connection).toBe("live");

    service.heartbeat(9);
    vi.advanceTimersByTime(GRACE_MS);
    expect(view.connection).toBe("stale");
    expect(service.line.asked).toEqual([ASK]);
  });

  test("numbers that went back mean another history: ask again", () => {
    service.snapshot(700);
    service.heartbeat(3);
    expect(service.line.asked).toEqual([ASK]);
    service.snapshot(3, []);
    service.change(4, { kind: "crisis", crisis: crisisCard() });
    expect(view.connection).toBe("live");
    expect(view.board?.crises).toHaveLength(1);
  });

  test("a snapshot that never comes breaks the line", () => {
    service.snapshot(7);
    service.change(9, CLOSED);
    for (let waited = 0; waited < SNAPSHOT_MS; waited += 5000) {
      service.heartbeat(9);
      vi.advanceTimersByTime(5000);
    }
    expect(service.lines[0]?.open).toBe(false);
    vi.advanceTimersByTime(FIRST_RETRY_MS);
    expect(service.lines).toHaveLength(2);
  });
});

describe("when the line breaks", () => {
  test("silence is stale after twelve seconds, since the last word", () => {
    service.snapshot(7);
    vi.advanceTimersByTime(5000);
    service.heartbeat(7);
    vi.advanceTimersByTime(SILENCE_MS - 1);
    expect(view.connection).toBe("live");
    vi.advanceTimersByTime(1);
    expect(view).toMatchObject({ connection: "stale", staleSince: START + 5000 });
    expect(view.board?.crises).toHaveLength(1);
    expect(service.lines[0]?.open).toBe(false);
  });

  test("it comes back with a new snapshot, whatever its number", () => {
    service.snapshot(700);
    service.hangUp();
    expect(view.connection).toBe("stale");
    vi.advanceTimersByTime(FIRST_RETRY_MS);
    service.change(701, CLOSED);
    expect(view.connection).toBe("stale");
    service.snapshot(2, []);
    expect(view).toMatchObject({ connection: "live", staleSince: null });
    expect(view.board?.crises).toEqual([]);
  });

  test("words from a line that was given up are not heard", () => {
    service.snapshot(7);
    const old = service.line;
    vi.advanceTimersByTime(SILENCE_MS + FIRST_RETRY_MS);
    service.snapshot(9, []);
    old.listener.message(
      JSON.stringify({ type: "heartbeat", number: 99, at: "2026-01-06T11:00:00Z" }),
    );
    old.listener.closed(SIGNED_OUT);
    vi.advanceTimersByTime(GRACE_MS);
    expect(view.connection).toBe("live");
  });

  test("it tries again after 0.5 s, doubling to 10 s, and starts over once live", () => {
    for (const wait of [500, 1000, 2000, 4000, 8000, LONGEST_RETRY_MS, LONGEST_RETRY_MS]) {
      const before = service.lines.length;
      service.hangUp();
      vi.advanceTimersByTime(wait - 1);
      expect(service.lines).toHaveLength(before);
      vi.advanceTimersByTime(1);
      expect(service.lines).toHaveLength(before + 1);
    }
    service.snapshot(7);
    service.hangUp();
    vi.advanceTimersByTime(FIRST_RETRY_MS);
    service.snapshot(8);
    expect(view.connection).toBe("live");
  });

  test("a machine that wakes up does not wait for its timers", () => {
    service.snapshot(7);
    vi.setSystemTime(START + 3_600_000);
    live.wake();
    expect(view).toMatchObject({ connection: "stale", staleSince: START });
    expect(service.lines).toHaveLength(2);
    service.hangUp();
    live.wake();
    expect(service.lines).toHaveLength(3);
    service.snapshot(9);
    live.wake();
    expect(service.lines).toHaveLength(3);
  });

  test("after stop it stays away", () => {
    service.snapshot(7);
    live.stop();
    live.wake();
    vi.advanceTimersByTime(60_000);
    expect(service.lines).toHaveLength(1);
    expect(service.line.open).toBe(false);
  });
});

describe("when the session is over", () => {
  test("close code 4401 signs out, forgets the board and does not come back", () => {
    service.snapshot(7);
    service.hangUp(SIGNED_OUT);
    expect(view).toMatchObject({ connection: "signed_out", board: null });
    vi.advanceTimersByTime(60_000);
    expect(service.lines).toHaveLength(1);
  });

  test("after a new login it starts over", () => {
    service.snapshot(7);
    service.hangUp(SIGNED_OUT);
    live.start();
    expect(view.connection).toBe("connecting");
    service.snapshot(9);
    expect(view.connection).toBe("live");
  });

  test("a refused handshake asks whether it was the session", async () => {
    service.hasSession = false;
    service.hangUp();
    await vi.advanceTimersByTimeAsync(0);
    expect(view.connection).toBe("signed_out");
  });

  test("a service that is away does not sign anybody out", async () => {
    service.hangUp();
    await vi.advanceTimersByTimeAsync(FIRST_RETRY_MS);
    expect(view.connection).toBe("connecting");
    expect(service.lines).toHaveLength(2);
  });
});

describe("when the service speaks newer words", () => {
  test("an unreadable change asks for a snapshot", () => {
    service.snapshot(7);
    service.say({ type: "change", number: 8, change: { kind: "from the future" } });
    expect(view).toMatchObject({ connection: "stale", fault: null });
    expect(service.line.asked).toEqual([ASK]);
  });

  test("an unreadable snapshot says why, and it keeps trying", () => {
    service.say({ type: "snapshot", number: 7, board: { teams: "north" } });
    expect(view.connection).toBe("connecting");
    expect(view.fault).toContain("message.board.teams: expected a list");
    vi.advanceTimersByTime(FIRST_RETRY_MS);
    service.snapshot(7);
    expect(view).toMatchObject({ connection: "live", fault: null });
  });
});
