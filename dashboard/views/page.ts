import { html, type TemplateResult } from 'lit-html';
import { percentText } from '../format.ts';
import { type Actions, mayWrite, type State, type Tab } from '../state.ts';
import { summaryOf } from '../summary.ts';
import { applyView } from './apply.ts';
import { boardsView } from './boards.ts';
import { eventsView } from './events.ts';
import { podPanel } from './pod-panel.ts';
import { podsView } from './pods.ts';
import { signInView } from './sign-in.ts';

const views: Readonly<Record<Tab, (state: State, actions: Actions) => TemplateResult>> = {
  boards: boardsView,
  pods: podsView,
  events: eventsView,
  apply: applyView,
};
const titles: Readonly<Record<Tab, string>> = {
  boards: 'Boards',
  pods: 'Pods',
  events: 'Events',
  apply: 'Apply',
};

/** The whole page. */
export function pageView(state: State, actions: Actions): TemplateResult {
  const signedOut =
    state.link === 'out' ||
    state.link === 'refused' ||
    (state.link === 'connecting' && state.role === undefined);
  if (signedOut) return signInView(state, actions);
  return html`${headerView(state, actions)} ${banner(state)}
    <main>
      ${tiles(state)}
      ${
        state.tab === 'apply'
          ? ''
          : html`<input class="filter" type="search" placeholder="Filter ${titles[state.tab].toLowerCase()}" aria-label="Filter"
              .value=${state.filter} @input=${(event: Event) => actions.filter((event.target as HTMLInputElement).value)} />`
      }
      ${views[state.tab](state, actions)}
    </main>
    ${state.pod ? podPanel(state, state.pod, actions) : ''}
    ${state.dragging && mayWrite(state) ? html`<div class="drop">Drop it to see it, then apply it</div>` : ''}`;
}

function headerView(state: State, actions: Actions): TemplateResult {
  const tabs = (Object.keys(titles) as Tab[]).filter((tab) => tab !== 'apply' || mayWrite(state));
  return html`<header class="top">
    <span class="brand"><img src="icon.svg" alt="" width="28" height="28" /> Bramble</span>
    <nav>
      ${tabs.map((tab) => html`<button class=${tab === state.tab ? 'current' : ''} aria-current=${tab === state.tab ? 'page' : 'false'} @click=${() => actions.show(tab)}>${titles[tab]}</button>`)}
    </nav>
    <span class="who">${state.user}${state.role === 'view' ? ' (looks on)' : ''} <button class="link" @click=${actions.signOut}>sign out</button></span>
  </header>`;
}

function banner({ link, facts }: State): TemplateResult | '' {
  if (link === 'lost' || link === 'connecting')
    return html`<p class="banner" role="alert">The connection is lost. Trying again; what you see is from before.</p>`;
  if (facts.controllerAlive === false)
    return html`<p class="banner" role="alert">The controller is away. Boards run on with what they have; nothing new is placed.</p>`;
  return '';
}

function tiles(state: State): TemplateResult {
  const { boards, boardsReady, pods, podsGood, podsBad, restarts, cpuShare } = summaryOf(state.facts);
  return html`<section class="tiles" aria-label="Summary">
    <div class=${boardsReady < boards ? 'bad' : ''}><b>${boardsReady}<small> / ${boards}</small></b> boards ready</div>
    <div class=${podsBad > 0 ? 'bad' : ''}><b>${podsGood}<small> / ${pods}</small></b> pods well</div>
    <div><b>${restarts}</b> restarts</div>
    <div><b>${cpuShare === undefined ? '–' : percentText(cpuShare)}</b> CPU</div>
  </section>`;
}
