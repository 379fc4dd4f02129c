import { html, type TemplateResult } from 'lit-html';
import { ageText } from '../format.ts';
import { type Actions, mayWrite, type PodPanel, type State } from '../state.ts';
import { podHealth } from '../summary.ts';
import { dot } from './parts.ts';

/** One pod: how it is, and what it writes. */
export function podPanel(state: State, panel: PodPanel, actions: Actions): TemplateResult {
  const pod = state.facts.pods.get(panel.key);
  const remove = (): void => {
    if (confirm(`Delete pod ${panel.key}?`)) actions.deletePod(panel.key);
  };
  return html`<aside class="panel" aria-label="Pod ${panel.key}">
    <header>
      ${pod ? dot(podHealth(pod), pod.status) : ''}
      <h2>${panel.key}</h2>
      <button class="close" aria-label="Close" @click=${actions.closePod}>✕</button>
    </header>
    ${
      pod
        ? html`<p class="about">${pod.status} on ${pod.node || 'no board yet'}${pod.ips.length > 0 ? ` · ${pod.ips.join(', ')}` : ''} · ${pod.restarts} restarts · for ${ageText(state.nowMs - Date.parse(pod.since))}</p>`
        : html`<p class="about">This pod is gone.</p>`
    }
    <div class="tools">
      ${
        panel.containers.length > 1
          ? html`<label>Container <select @change=${(event: Event) => actions.chooseContainer((event.target as HTMLSelectElement).value)}>
              ${panel.containers.map((name) => html`<option ?selected=${name === panel.container}>${name}</option>`)}
            </select></label>`
          : ''
      }
      <span class="hint">${panel.following ? 'following its log' : 'its log has ended'}</span>
      ${pod && mayWrite(state) ? html`<button class="danger" @click=${remove}>Delete</button>` : ''}
    </div>
    ${panel.trouble === undefined ? '' : html`<p class="trouble" role="alert">${panel.trouble}</p>`}
    <pre class="log" tabindex="0" aria-label="Log">${panel.log === '' ? 'It has written nothing yet.' : panel.log}</pre>
  </aside>`;
}
