import type { FleetPod } from '@bramble/protocol/messages/fleet.ts';
import { html, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { ageText } from '../format.ts';
import type { Actions, State } from '../state.ts';
import { podHealth, podsInOrder } from '../summary.ts';
import { dot, moreButton } from './parts.ts';

export function podsView(state: State, actions: Actions): TemplateResult {
  const all = podsInOrder(state.facts.pods, state.filter);
  const shown = all.slice(0, state.shown);
  if (all.length === 0)
    return html`<p class="empty">${state.facts.pods.size === 0 ? 'No pods yet. Drop a YAML file on this page.' : 'No pod matches.'}</p>`;
  return html`<div class="table" role="table" aria-label="Pods">
      <div class="row head" role="row">
        ${['Pod', 'Status', 'Board', 'Address', 'Restarts', 'Since'].map((title) => html`<span role="columnheader">${title}</span>`)}
      </div>
      ${repeat(shown, key, (pod) => podRow(pod, state.nowMs, actions))}
    </div>
    ${moreButton(all.length - shown.length, actions.more)}`;
}

function key({ namespace, name }: FleetPod): string {
  return `${namespace}/${name}`;
}

function podRow(pod: FleetPod, nowMs: number, actions: Actions): TemplateResult {
  const health = podHealth(pod);
  const status =
    pod.phase === 'Running' && !pod.ready && pod.status === 'Running' ? 'Running, not ready' : pod.status;
  return html`<button class="row pod ${health}" role="row" data-pod=${key(pod)} @click=${() => actions.openPod(key(pod))}>
    <span role="cell" class="name">${dot(health, status)} ${pod.name}${pod.namespace === 'default' ? '' : html` <small>${pod.namespace}</small>`}</span>
    <span role="cell" data-label="Status">${status}</span>
    <span role="cell" data-label="Board">${pod.node || '–'}</span>
    <span role="cell" data-label="Address">${pod.ips.join(', ') || '–'}</span>
    <span role="cell" data-label="Restarts">${pod.restarts}</span>
    <span role="cell" data-label="Since">${ageText(nowMs - Date.parse(pod.since))}</span>
  </button>`;
}
