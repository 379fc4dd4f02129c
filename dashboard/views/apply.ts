import { html, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { type Actions, mayWrite, type State } from '../state.ts';

/** A file, dropped or typed; what was refused stands beside its line. */
export function applyView(state: State, actions: Actions): TemplateResult {
  const { apply } = state;
  if (!mayWrite(state))
    return html`<p class="empty">${state.user} may look, but not touch: ask an admin for the role “edit”.</p>`;
  const choose = (event: Event): void => {
    const file = (event.target as HTMLInputElement).files?.[0];
    if (file) actions.load(file);
  };
  return html`<section class="apply">
    <p>Drop a YAML or JSON file anywhere on this page, <label class="link">choose one<input type="file" accept=".yaml,.yml,.json" hidden @change=${choose} /></label>, or type.</p>
    <div class="editor">
      ${gutter(apply.text, new Set(apply.problems.map(({ line }) => line)))}
      <textarea aria-label="Objects to apply" spellcheck="false" autocapitalize="off" wrap="off" rows=${Math.min(40, Math.max(12, apply.text.split('\n').length + 1))}
        .value=${live(apply.text)} @input=${(event: Event) => actions.type((event.target as HTMLTextAreaElement).value)}></textarea>
    </div>
    <button class="primary" ?disabled=${apply.busy || apply.text.trim() === ''} @click=${actions.apply}>${apply.busy ? 'Applying…' : 'Apply'}</button>
    <div aria-live="polite">
      ${apply.done.map((line) => html`<p class="done">${line}</p>`)}
      ${apply.problems.map(
        ({ field, message, line }) =>
          html`<p class="problem"><strong>${field || 'Not taken'}</strong>${line === undefined ? '' : html` <small>line ${line}</small>`}<br />${message}</p>`,
      )}
    </div>
  </section>`;
}

function gutter(text: string, wrong: ReadonlySet<number | undefined>): TemplateResult {
  const lines = text.split('\n').length;
  return html`<pre class="gutter" aria-hidden="true">${Array.from(
    { length: lines },
    (_, at) => html`<span class=${wrong.has(at + 1) ? 'wrong' : ''}>${at + 1}</span>`,
  )}</pre>`;
}
