// News from the server: an event stream, and long polls where no stream gets through.

const PATIENCE = 3;
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Live {
  // `onMessages` gets {person: last id} or null for "look at everything"; `onState` gets live, reconnecting or polling;
  // `onLook` looks once by long poll and is asked again when it has.
  constructor({ onMessages, onClock, onState, onLook }) {
    Object.assign(this, { onMessages, onClock, onState, onLook });
    this.failures = 0;
    this.open();
    this.ended = new AbortController();
    const { signal } = this.ended;
    window.addEventListener("online", () => this.reopen(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.onMessages(null), { signal });
  }

  open() {
    this.source = new EventSource("/api/events");
    this.source.addEventListener("hello", () => {
      this.failures = 0;
      this.looking = false;
      this.onState("live");
      this.onMessages(null);
    });
    this.source.addEventListener("messages", (event) => this.onMessages(JSON.parse(event.data)));
    this.source.addEventListener("clock", () => this.onClock());
    this.source.addEventListener("error", () => this.failed());
  }

  failed() {
    this.failures += 1;
    if (this.failures >= PATIENCE) this.look();
    else this.onState("reconnecting");
    if (this.source.readyState === EventSource.CLOSED) {
      clearTimeout(this.retry);
      this.retry = setTimeout(() => this.reopen(), 5000);
    }
  }

  reopen() {
    this.source.close();
    this.open();
  }

  async look() {
    if (this.looking) return;
    this.looking = true;
    this.onState("polling");
    while (this.looking) await Promise.all([this.onLook(), pause(1000)]);
  }

  close() {
    this.ended.abort();
    this.source.close();
    this.looking = false;
    clearTimeout(this.retry);
  }
}
