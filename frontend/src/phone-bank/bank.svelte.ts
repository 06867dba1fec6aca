/** The emulator's phones as this page sees them, and the things a hand can do with one. */

import { request } from "../lib/api";

export interface TextMessage {
  from: string;
  to: string;
  body: string;
  at: string;
}

export interface Phone {
  number: string;
  owner: string;
  kind: "caller" | "staff" | "line" | "outside";
  state: "idle" | "ringing" | "answered" | "talking";
  ringing_from: string | null;
  talking_with: string | null;
  /** What the network said to this phone, oldest first. */
  hears: string[];
  /** `by_hand`, or what the phone does by itself. */
  mode: string;
  inbox: TextMessage[];
}

export interface BankState {
  phones: Phone[];
}

export type Command =
  | { name: "call"; to: string; withheld: boolean }
  | { name: "answer" | "decline" | "hang-up" | "speak" | "voicemail" }
  | { name: "press"; digits: string }
  | { name: "text"; to: string; body: string };

const RECONNECT_MS = 1000;

/** Keeps the state of all phones fresh: the emulator pushes the whole of it on every change. */
export class Bank {
  phones = $state.raw<Phone[]>([]);
  connected = $state(false);

  /** Stay connected until the returned function is called. */
  connect(): () => void {
    let stopped = false;
    let socket: WebSocket;
    let waiting: ReturnType<typeof setTimeout>;
    const open = () => {
      const url = new URL("/bank/ws", location.href);
      url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
      socket = new WebSocket(url);
      socket.onmessage = (event) => {
        this.connected = true;
        this.phones = (JSON.parse(String(event.data)) as BankState).phones;
      };
      socket.onclose = () => {
        this.connected = false;
        if (!stopped) waiting = setTimeout(open, RECONNECT_MS);
      };
    };
    open();
    return () => {
      stopped = true;
      clearTimeout(waiting);
      socket.close();
    };
  }

  /** The owner's name for a number, or the number itself where nobody is known. */
  nameOf(number: string): string {
    return this.phones.find((phone) => phone.number === number)?.owner || number;
  }
}

/** Do something with a phone; the emulator's refusal is thrown as a `Refusal`. */
export async function command(number: string, { name, ...body }: Command): Promise<void> {
  await request("POST", `/bank/phones/${encodeURIComponent(number)}/${name}`, body);
}
