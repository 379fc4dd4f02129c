import { render } from 'lit-html';
import { App } from './app.ts';
import { pageView } from './views/page.ts';

const root = document.getElementById('app');
if (!root) throw new Error('the page has no #app');

const app = new App((state, actions) => render(pageView(state, actions), root));
app.start();
