// News from the server: an event stream, and regular looks where no stream gets through.

const PATIENCE = 3;
const LOOK_EVERY = 4000;

export class Live {
  // `onMessages` gets {person: last id} or null for "look at everything"; `onState` gets live, reconnecting or polling.
  constructor({ onMessages, onClock, onState }) {
    Object.assign(this, { onMessages, onClock, onState });
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
      const again = this.failures > 0 || this.looking;
      this.failures = 0;
      this.stopLooking();
      this.onState("live");
      if (again) this.onMessages(null);
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

  look() {
    this.onState("polling");
    this.looking ??= setInterval(() => this.onMessages(null), LOOK_EVERY);
  }

  stopLooking() {
    clearInterval(this.looking);
    this.looking = null;
  }

  close() {
    this.ended.abort();
    this.source.close();
    this.stopLooking();
    clearTimeout(this.retry);
  }
}
