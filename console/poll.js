// Asks again and again, politely: not while the tab is hidden, and less often while the API has a problem.

const SLOWEST_SECONDS = 60;

export class Poll {
  /** `ask` answers after how many seconds it wants to be asked again; null ends it. */
  constructor(ask, onProblem) {
    this.ask = ask;
    this.onProblem = onProblem;
    this.failures = 0;
    this.isStopped = false;
    this.isAsking = false;
    this.timer = 0;
    this.onVisible = () => {
      if (!document.hidden && !this.timer && !this.isAsking) this.now();
    };
    document.addEventListener("visibilitychange", this.onVisible);
    this.now();
  }

  async now() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.isStopped || this.isAsking) return;
    this.isAsking = true;
    let seconds;
    try {
      seconds = await this.ask();
      this.failures = 0;
      if (!this.isStopped) this.onProblem(null);
    } catch (error) {
      this.failures += 1;
      seconds = error.isAboutKey ? null : Math.min(SLOWEST_SECONDS, 2 ** this.failures * 2);
      if (!this.isStopped) this.onProblem(error);
    }
    this.isAsking = false;
    if (seconds === null) this.stop();
    else if (!this.isStopped && !document.hidden) this.timer = setTimeout(() => this.now(), seconds * 1000);
  }

  stop() {
    this.isStopped = true;
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.onVisible);
  }
}
