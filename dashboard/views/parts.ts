import { html, type TemplateResult } from 'lit-html';
import type { Health } from '../summary.ts';

export function dot(health: Health, title: string): TemplateResult {
  return html`<span class="dot ${health}" role="img" aria-label=${title} title=${title}></span>`;
}

/** A bar for a share of 0 to 1; it warns when it is nearly full. */
export function bar(label: string, share: number, text: string): TemplateResult {
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 100);
  const level = percent >= 90 ? 'bad' : percent >= 75 ? 'busy' : 'good';
  return html`<div class="bar">
    <span>${label}</span>
    <meter class=${level} min="0" max="100" value=${percent} aria-label="${label} ${percent} %"></meter>
    <span class="figure">${text}</span>
  </div>`;
}

export function moreButton(hidden: number, more: () => void): TemplateResult | '' {
  return hidden > 0 ? html`<button class="more" @click=${more}>Show ${hidden} more</button>` : '';
}
