import type { FleetEvent } from '@bramble/protocol/messages/fleet.ts';
import { html, type TemplateResult } from 'lit-html';
import { ageText } from '../format.ts';
import type { Actions, State } from '../state.ts';
import { moreButton } from './parts.ts';

export function eventsView(state: State, actions: Actions): TemplateResult {
  const words = state.filter.toLowerCase().split(/\s+/);
  const suits = ({ kind, namespace, name, reason, message }: FleetEvent): boolean => {
    const text = [kind, namespace, name, reason, message].join('\n').toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const all = state.facts.events.filter(suits);
  const shown = all.slice(0, state.shown);
  if (all.length === 0) return html`<p class="empty">Nothing has happened yet.</p>`;
  return html`<ol class="events">
      ${shown.map(
        ({
          type,
          reason,
          message,
          kind,
          namespace,
          name,
          count,
          time,
        }) => html`<li class=${type === 'Warning' ? 'warning' : ''}>
          <time datetime=${time}>${ageText(state.nowMs - Date.parse(time))}</time>
          <strong>${reason}</strong>${count > 1 ? html` <small>×${count}</small>` : ''}
          <span class="about">${kind.toLowerCase()} ${namespace && namespace !== 'default' ? `${namespace}/` : ''}${name}</span>
          <p>${message}</p>
        </li>`,
      )}
    </ol>
    ${moreButton(all.length - shown.length, actions.more)}`;
}
