/**
 * What changed on the server, for every tab by one connection: browsers allow six to a server,
 * so one tab listens and tells the others.
 */

const LOCK = "headstart-changes";
const RECHECK_MS = 1500;

/**
 * @typedef {object} Listener
 * @property {(topic: string) => void} changed told of each topic; "all" means anything
 * @property {(gone: boolean) => void} gone told when the server stops answering, and when it is back
 */

export class Changes {
  #last;
  #listener;
  #channel = "BroadcastChannel" in window ? new BroadcastChannel(LOCK) : null;
  #leads = false;
  #gone = false;
  /** @type {EventSource | null} */
  #source = null;

  /**
   * @param {string} last id of the newest event that the page has seen
   * @param {Listener} listener
   */
  constructor(last, listener) {
    this.#last = last;
    this.#listener = listener;
    this.#channel?.addEventListener("message", (event) => this.#hear(event.data));
  }

  start() {
    if (navigator.locks && this.#channel) {
      this.#say({ kind: "hello", last: this.#last });
      void navigator.locks.request(LOCK, () => new Promise(() => this.#lead()));
    } else {
      this.#lead();
    }
  }

  /** Ask the server now whether it is there. */
  async check() {
    let answers = false;
    try {
      answers = (await fetch("/health", { cache: "no-store" })).ok;
    } catch {
      answers = false;
    }
    this.#setGone(!answers);
    if (answers && this.#leads && this.#source?.readyState === EventSource.CLOSED) this.#connect();
    return answers;
  }

  #lead() {
    this.#leads = true;
    this.#connect();
  }

  #connect() {
    this.#source?.close();
    const source = new EventSource(`/events?after=${encodeURIComponent(this.#last)}`);
    this.#source = source;
    source.addEventListener("open", () => this.#setGone(false));
    source.addEventListener("beat", (event) => {
      this.#last = event.lastEventId || this.#last;
    });
    source.addEventListener("change", (event) => {
      this.#last = event.lastEventId;
      this.#say({ kind: "change", topic: event.data, last: this.#last });
      this.#listener.changed(event.data);
    });
    source.addEventListener("error", () => {
      setTimeout(() => {
        if (source === this.#source && source.readyState !== EventSource.OPEN) void this.check();
      }, RECHECK_MS);
    });
  }

  /** @param {{kind: string, topic?: string, last?: string, gone?: boolean}} message */
  #hear(message) {
    if (message.kind === "hello" && this.#leads) {
      this.#say({ kind: "here", last: this.#last });
    } else if (message.kind === "here" && !this.#leads && message.last !== this.#last) {
      this.#last = message.last ?? this.#last; // told before this tab listened
      this.#listener.changed("all");
    } else if (message.kind === "change" && !this.#leads) {
      this.#last = message.last ?? this.#last;
      this.#listener.changed(message.topic ?? "all");
    } else if (message.kind === "gone") {
      this.#setGone(message.gone === true, false);
    }
  }

  /** @param {object} message */
  #say(message) {
    this.#channel?.postMessage(message);
  }

  /** @param {boolean} gone @param {boolean} [tell] */
  #setGone(gone, tell = true) {
    if (gone === this.#gone) return;
    this.#gone = gone;
    if (tell) this.#say({ kind: "gone", gone });
    this.#listener.gone(gone);
  }
}
