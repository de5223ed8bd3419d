/** Why the app cannot work, as a person reads it. */
export type Failure = {
  readonly title: string;
  readonly message: string;
  /** What to do about it. */
  readonly action: string;
  /** Further sentences, e.g. every problem of the configuration. */
  readonly problems: readonly string[];
  /** For support: code, versions, folder. */
  readonly details: readonly string[];
};

/** Where the page lies, and the two addresses its buttons lead to; the shell acts on them instead of going there. */
export const failurePath = '/cannot-start';
export const startAgainPath = '/start-again';
export const quitPath = '/quit';
export const copyPath = '/copy-details';

/** A page of its own, without scripts: it must show also when nothing else of the app works. */
export function failureHtml(failure: Failure, copied: boolean): string {
  const list = failure.problems.map((problem) => `<li>${escape(problem)}</li>`).join('');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Pulser Field</title></head><body>
<main role="alert" aria-labelledby="title">
<svg width="40" height="40" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="11" class="ring"/><path d="M8 8l8 8M16 8l-8 8" class="cross"/></svg>
<h1 id="title">${escape(failure.title)}</h1>
<p class="message" data-testid="failure-message">${escape(failure.message)}</p>
${list === '' ? '' : `<ul data-testid="failure-problems">${list}</ul>`}
<p class="action" data-testid="failure-action">${escape(failure.action)}</p>
<p class="calm">Nothing was changed or deleted on this PC.</p>
<nav><a class="first" href="${startAgainPath}">Start again</a><a href="${copyPath}">${copied ? 'Details copied' : 'Copy details'}</a><a href="${quitPath}">Close</a></nav>
<details><summary>Details for support</summary><pre>${failure.details.map(escape).join('\n')}</pre></details>
</main></body></html>`;
}

/** The styles of the page; they travel in the answer's own style element with its nonce. */
export const failureCss = `
:root{color-scheme:light dark;--ground:#f6f7f5;--card:#fff;--line:#e4e7e2;--text:#1c2421;--dim:#55605a;--accent:#0f6b4f;--on:#fff;--red:#b3261e}
@media(prefers-color-scheme:dark){:root{--ground:#101513;--card:#181f1c;--line:#2a332f;--text:#e8ecea;--dim:#9aa6a0;--accent:#4cc29a;--on:#08130e;--red:#f2857c}}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--ground);color:var(--text);font:14px/1.5 'Inter Variable',Inter,system-ui,sans-serif}
main{box-sizing:border-box;width:min(640px,calc(100vw - 64px));margin:32px 0;padding:32px;background:var(--card);border:1px solid var(--line);border-radius:10px}
h1{font-size:22px;line-height:1.3;margin:16px 0 8px}p{margin:0 0 12px}.message{font-size:16px}.action{font-weight:600}.calm{color:var(--dim)}
ul{margin:0 0 16px;padding:12px 16px 12px 32px;background:var(--ground);border-radius:8px;overflow-wrap:anywhere}li{margin:6px 0}
nav{display:flex;gap:8px;margin:20px 0}a{padding:8px 16px;border:1px solid var(--line);border-radius:8px;color:var(--text);text-decoration:none}
a.first{background:var(--accent);border-color:var(--accent);color:var(--on);font-weight:600}a:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
summary{color:var(--dim);cursor:pointer}pre{white-space:pre-wrap;overflow-wrap:anywhere;color:var(--dim);font-size:12px}
.ring{fill:none;stroke:var(--red);stroke-width:2}.cross{stroke:var(--red);stroke-width:2;stroke-linecap:round}`;

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
