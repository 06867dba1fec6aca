/**
 * Keeps one board true over an unreliable line, or says since when it is not.
 *
 * The service sends a snapshot, then changes with consecutive numbers, and a heartbeat every five
 * seconds that carries the newest number. A missed number, a heartbeat ahead of us, or silence
 * makes the board stale at once; it is live again only after a fresh snapshot.
 */

import { apply } from "./board";
import { SIGNED_OUT, type Board, type ServerMessage, type Time, type Trouble } from "./protocol";
import { instant } from "./time";
import { checkMessage } from "./validate";

/** Two heartbeats missed, and a little for the road. */
export const SILENCE_MS = 12_000;
/** A heartbeat may overtake the change it counts by this much. */
export const GRACE_MS = 1000;
/** A snapshot that does not come within this time means that the line is broken. */
export const SNAPSHOT_MS = 10_000;
export const FIRST_RETRY_MS = 500;
export const LONGEST_RETRY_MS = 10_000;

/** What the page shows. */
export interface View {
  connection: "connecting" | "live" | "stale" | "signed_out";
  board: Board | null;
  /** The service's time (ms) at which the board was last known to be true; null when live. */
  staleSince: number | null;
  /** Why the service's messages can't be read: the page is older than the service. */
  fault: string | null;
  /** What is wrong with the service, as far as it could last be heard. */
  troubles: Trouble[];
  /** Rises whenever who is in hospital may have changed: then it is to be fetched anew. */
  admissions: number;
}

/** What is shown before anything was heard. */
export const NOTHING_HEARD: View = {
  connection: "connecting",
  board: null,
  staleSince: null,
  fault: null,
  troubles: [],
  admissions: 0,
};

/** An open line. Closing it must not call `closed`. */
export interface Line {
  send(text: string): void;
  close(): void;
}

export interface Listener {
  message(text: string): void;
  closed(code: number): void;
}

export interface Options {
  /** Opens a line to the service. */
  open: (listener: Listener) => Line;
  /** False when the service says that the session is over. */
  signedIn: () => Promise<boolean>;
  /** How far the service's clock is ahead of this machine's, in ms. */
  correctClock: (ahead: number) => void;
  /** From 0 to 1, so that a hundred pages don't come back in the same instant. */
  random?: () => number;
}

type Timer = ReturnType<typeof setTimeout>;

/** The whole live client: connects, applies, notices, reconnects. */
export class LiveBoard {
  #view: View = NOTHING_HEARD;
  readonly #subscribers = new Set<(view: View) => void>();
  #line: Line | null = null;
  #number = 0;
  #trueAt = 0;
  #heardAt = 0;
  #attempts = 0;
  #silence: Timer | undefined;
  #behind: Timer | undefined;
  #retry: Timer | undefined;
  /** Runs from asking for a snapshot until it comes; set also means: don't trust what we have. */
  #snapshotDue: Timer | undefined;

  constructor(private readonly options: Options) {}

  /** Call `subscriber` now and after each change of the view; returns how to stop that. */
  subscribe(subscriber: (view: View) => void): () => void {
    this.#subscribers.add(subscriber);
    subscriber(this.#view);
    return () => this.#subscribers.delete(subscriber);
  }

  /** Connect, and stay connected until `stop`. */
  start(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    if (this.#view.connection === "signed_out") {
      this.#show({ ...this.#view, connection: "connecting" });
    }
    let spoke = false;
    const line: Line = this.options.open({
      message: (text) => {
        if (line !== this.#line) return;
        spoke = true;
        this.#receive(text);
      },
      closed: (code) => {
        if (line === this.#line) this.#closed(code, spoke);
      },
    });
    this.#line = line;
    this.#heard();
    this.#expectSnapshot();
  }

  /** Hang up and stay away. */
  stop(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#hangUp();
  }

  /** The machine woke up or is online again: don't wait for a timer to find out what happened. */
  wake(): void {
    if (this.#retry) this.start();
    else if (this.#line && Date.now() - this.#heardAt >= SILENCE_MS) {
      this.#hangUp();
      this.#stale();
      this.start();
    }
  }

  #receive(text: string): void {
    let message: ServerMessage;
    try {
      message = checkMessage(JSON.parse(text));
    } catch (error) {
      this.#unreadable(String(error));
      return;
    }
    this.#heard();
    this.options.correctClock(instant(message.at) - Date.now());
    switch (message.type) {
      case "snapshot":
        this.#snapshot(message);
        break;
      case "change":
        this.#change(message);
        break;
      case "heartbeat":
        this.#heartbeat(message);
        break;
      case "trouble":
        this.#show({ ...this.#view, troubles: message.troubles });
        break;
    }
  }

  #snapshot({ number, at, board }: Extract<ServerMessage, { type: "snapshot" }>): void {
    clearTimeout(this.#snapshotDue);
    this.#snapshotDue = undefined;
    clearTimeout(this.#behind);
    this.#attempts = 0;
    this.#number = number;
    this.#known(at);
    const admissions = this.#view.admissions + 1;
    this.#show({
      connection: "live",
      board,
      staleSince: null,
      fault: null,
      troubles: [],
      admissions,
    });
  }

  #change({ number, at, change }: Extract<ServerMessage, { type: "change" }>): void {
    if (this.#snapshotDue || number <= this.#number || !this.#view.board) return;
    if (number > this.#number + 1 || change.kind === "reload") {
      this.#ask();
      return;
    }
    this.#number = number;
    this.#known(at);
    const admissions = this.#view.admissions + (change.kind === "admissions" ? 1 : 0);
    this.#show({ ...this.#view, board: apply(this.#view.board, change), admissions });
  }

  #heartbeat({ number, at }: Extract<ServerMessage, { type: "heartbeat" }>): void {
    if (this.#snapshotDue) return;
    if (number === this.#number) {
      this.#known(at);
    } else if (number < this.#number) {
      // The numbers went back, as after a restored backup: what we hold may never have happened.
      this.#ask();
    } else {
      clearTimeout(this.#behind);
      this.#behind = setTimeout(() => {
        if (this.#number < number && !this.#snapshotDue) this.#ask();
      }, GRACE_MS);
    }
  }

  #unreadable(reason: string): void {
    if (!this.#snapshotDue) {
      this.#ask();
      return;
    }
    this.#show({ ...this.#view, fault: reason });
    this.#reconnect();
  }

  #ask(): void {
    this.#stale();
    this.#expectSnapshot();
    this.#line?.send(JSON.stringify({ type: "snapshot" }));
  }

  #expectSnapshot(): void {
    clearTimeout(this.#snapshotDue);
    this.#snapshotDue = setTimeout(() => this.#reconnect(), SNAPSHOT_MS);
  }

  #heard(): void {
    this.#heardAt = Date.now();
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#reconnect(), SILENCE_MS);
  }

  #known(at: Time): void {
    this.#trueAt = instant(at);
  }

  #closed(code: number, spoke: boolean): void {
    this.#hangUp();
    if (code === SIGNED_OUT) {
      this.#signedOut();
      return;
    }
    this.#reconnect();
    // A refused handshake looks like any other failure, so ask whether it was our session.
    if (!spoke) {
      void this.options.signedIn().then(
        (signedIn) => {
          if (!signedIn) this.#signedOut();
        },
        () => undefined,
      );
    }
  }

  #signedOut(): void {
    this.stop();
    this.#show({ ...NOTHING_HEARD, connection: "signed_out" });
  }

  #reconnect(): void {
    this.#hangUp();
    this.#stale();
    const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#attempts);
    const random = (this.options.random ?? Math.random)();
    this.#attempts += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.start(), longest * (0.5 + random / 2));
  }

  #hangUp(): void {
    const line = this.#line;
    this.#line = null;
    for (const timer of [this.#silence, this.#behind, this.#snapshotDue]) clearTimeout(timer);
    this.#snapshotDue = undefined;
    line?.close();
  }

  #stale(): void {
    if (this.#view.connection === "live") {
      this.#show({ ...this.#view, connection: "stale", staleSince: this.#trueAt });
    }
  }

  #show(view: View): void {
    this.#view = view;
    for (const subscriber of this.#subscribers) subscriber(view);
  }
}

/** A `Line` over the browser's WebSocket to a path of this origin. */
export function openWebSocket(path: string): Options["open"] {
  return (listener) => {
    // Absolute, because older browsers refuse a relative address here.
    const url = new URL(path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    socket.onmessage = (event) => listener.message(String(event.data));
    socket.onclose = (event) => listener.closed(event.code);
    return {
      send: (text) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(text);
      },
      close: () => {
        socket.onclose = null;
        socket.onmessage = null;
        socket.close();
      },
    };
  };
}
