import { html, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { Board } from '../facts.ts';
import { ageText, bytesText, percentText } from '../format.ts';
import type { Actions, State } from '../state.ts';
import { boardHealth, boardsInOrder } from '../summary.ts';
import { bar, dot, moreButton } from './parts.ts';

export function boardsView(state: State, actions: Actions): TemplateResult {
  const all = boardsInOrder(state.facts.boards, state.filter);
  const shown = all.slice(0, state.shown);
  if (all.length === 0)
    return html`<p class="empty">${state.facts.boards.size === 0 ? 'No board has joined yet.' : 'No board matches.'}</p>`;
  const podsOn = Map.groupBy(state.facts.pods.values(), ({ node }) => node);
  const card = (board: Board) =>
    boardCard(board, podsOn.get(board.fact.node)?.length ?? 0, state.nowMs, actions);
  return html`<div class="cards">${repeat(shown, ({ fact }) => fact.node, card)}</div>
    ${moreButton(all.length - shown.length, actions.more)}`;
}

function boardCard(board: Board, pods: number, nowMs: number, actions: Actions): TemplateResult {
  const { fact } = board;
  const health = boardHealth(board);
  const since = ageText(nowMs - Date.parse(fact.since));
  const word = !fact.ready ? `lost for ${since}` : fact.schedulable ? `ready for ${since}` : 'cordoned';
  const showPods = (): void => {
    actions.filter(fact.node);
    actions.show('pods');
  };
  return html`<article class="card board ${health}" data-node=${fact.node}>
    <header>${dot(health, word)}<h2>${fact.node}</h2><span class="state">${word}</span></header>
    <p class="about">${[fact.model, fact.architecture, ...fact.addresses.slice(0, 2)].filter(Boolean).join(' · ')}</p>
    ${fact.ready ? '' : html`<p class="trouble">${fact.reason}. Its pods go on by themselves while it is only cut off.</p>`}
    ${board.metrics ? gauges(board) : html`<p class="hint">no measurements yet</p>`}
    <footer>
      <button class="link" @click=${showPods}>${pods} ${pods === 1 ? 'pod' : 'pods'}</button>
      ${board.metrics ? html`<span>up ${ageText(board.metrics.uptimeSeconds * 1_000)}</span>` : ''}
      ${board.heardAtMs === undefined ? '' : html`<span>heard ${ageText(nowMs - board.heardAtMs)} ago</span>`}
    </footer>
  </article>`;
}

function gauges({ metrics }: Board): TemplateResult | '' {
  if (!metrics) return '';
  const { cpuShare, memoryUsedBytes, memoryTotalBytes, diskUsedBytes, diskTotalBytes } = metrics;
  const { temperatureCelsius, throttled } = metrics;
  return html`${bar('CPU', cpuShare, percentText(cpuShare))}
  ${bar('Memory', memoryUsedBytes / memoryTotalBytes, `${bytesText(memoryUsedBytes)} of ${bytesText(memoryTotalBytes)}`)}
  ${bar('Disk', diskUsedBytes / diskTotalBytes, `${bytesText(diskUsedBytes)} of ${bytesText(diskTotalBytes)}`)}
  ${temperatureCelsius === null ? '' : bar('Heat', temperatureCelsius / 85, `${Math.round(temperatureCelsius)} °C`)}
  ${throttled ? html`<p class="trouble">The firmware slows it down: too hot, or too little power.</p>` : ''}`;
}
