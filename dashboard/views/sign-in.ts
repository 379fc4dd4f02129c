import { html, type TemplateResult } from 'lit-html';
import type { Actions, State } from '../state.ts';

/** Who are you? The token never leaves the browser but to the broker. */
export function signInView(state: State, actions: Actions): TemplateResult {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    actions.signIn(String(form.get('user')), String(form.get('token')), form.get('remember') === 'on');
  };
  return html`<main class="sign-in">
    <img src="icon.svg" alt="" width="64" height="64" />
    <h1>Bramble</h1>
    <form @submit=${submit}>
      <label>User <input name="user" autocomplete="username" required autofocus .value=${state.user} /></label>
      <label>Token <input name="token" type="password" autocomplete="current-password" required /></label>
      <label class="check"><input name="remember" type="checkbox" /> remember on this device</label>
      ${state.link === 'refused' ? html`<p class="trouble" role="alert">The fleet does not know this user with this token.</p>` : ''}
      <button class="primary" ?disabled=${state.link === 'connecting'}>${state.link === 'connecting' ? 'Signing in…' : 'Sign in'}</button>
    </form>
    <p class="hint">Where Bramble runs, <code>cat .bramble/admin-token</code> shows the token of <code>admin</code>;
      <code>bramble user create NAME</code> makes others.</p>
  </main>`;
}
