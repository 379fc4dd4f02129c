import type { FleetEvent } from '@bramble/protocol/messages/fleet.ts';
import { FleetConnection } from './connection.ts';
import { learn, learnEvents, noFacts } from './facts.ts';
import { problemsOf } from './problems.ts';
import { forgetSignIn, rememberedSignIn, rememberSignIn } from './remembered.ts';
import { type Actions, emptyForm, mayWrite, type State } from './state.ts';

/** Facts come by the hundred; eyes take four pictures a second. */
const drawMs = 250;
/** Ages on the page move on even when nothing happens. */
const tickMs = 1_000;
const rowsAtFirst = 60;
const logCharacters = 200_000;

const start: State = {
  link: 'out',
  user: '',
  role: undefined,
  facts: noFacts,
  tab: 'boards',
  filter: '',
  shown: rowsAtFirst,
  pod: undefined,
  apply: emptyForm,
  dragging: false,
  nowMs: Date.now(),
};

/** The page's state, what changes it, and when it is drawn. */
export class App {
  readonly #draw: (state: State, actions: Actions) => void;
  #state = start;
  #connection: FleetConnection | undefined;
  #stopLog: () => void = () => {};
  #drawing: ReturnType<typeof setTimeout> | undefined;

  constructor(draw: (state: State, actions: Actions) => void) {
    this.#draw = draw;
  }

  start(): void {
    setInterval(() => this.#set({ nowMs: Date.now() }), tickMs);
    this.#listenForFiles();
    const remembered = rememberedSignIn();
    if (remembered) this.#connect(remembered.user, remembered.token);
    this.#draw(this.#state, this.#actions);
  }

  /** Something that a person did is drawn at once; news of the fleet a little later, together. */
  #set(change: Partial<State>, atOnce = false): void {
    this.#state = { ...this.#state, ...change };
    if (atOnce) {
      clearTimeout(this.#drawing);
      this.#drawing = undefined;
      this.#draw(this.#state, this.#actions);
    } else this.#drawing ??= setTimeout(() => this.#set({}, true), drawMs);
  }

  readonly #actions: Actions = {
    signIn: (user, token, remember) => {
      rememberSignIn({ user, token }, remember);
      this.#connect(user, token);
    },
    signOut: () => {
      forgetSignIn();
      this.#stopLog();
      this.#connection?.close();
      this.#set({ ...start, nowMs: Date.now() }, true);
    },
    show: (tab) => this.#set({ tab, shown: rowsAtFirst }, true),
    filter: (filter) => this.#set({ filter, shown: rowsAtFirst }, true),
    more: () => this.#set({ shown: this.#state.shown * 4 }, true),
    openPod: (key) => void this.#openPod(key),
    closePod: () => {
      this.#stopLog();
      this.#set({ pod: undefined }, true);
    },
    chooseContainer: (name) => this.#followLog(name),
    deletePod: (key) => void this.#deletePod(key),
    type: (text) => this.#set({ apply: { ...this.#state.apply, text } }, true),
    load: (file) => void this.#load(file),
    apply: () => void this.#apply(),
  };

  #connect(user: string, token: string): void {
    this.#connection?.close();
    this.#set({ link: 'connecting', user }, true);
    const url = new URL('/mqtt', location.href.replace(/^http/, 'ws')).href;
    this.#connection = new FleetConnection(
      url,
      { user, token },
      {
        onState: (link) => {
          if (link === 'refused') forgetSignIn();
          if (link === 'connected') void this.#arrive();
          // A connection that is lost before the first is made is a sign-in that goes on.
          else if (this.#state.link !== 'refused') this.#set({ link }, true);
        },
        onFact: (topic, payload) =>
          this.#set({ facts: learn(this.#state.facts, topic, payload, Date.now()) }),
      },
    );
  }

  /** Who we are, and what happened before we came. */
  async #arrive(): Promise<void> {
    const connection = this.#connection;
    if (!connection) return;
    try {
      const { role } = await connection.read<{ role: string }>('/bramble/v1/whoami');
      this.#set({ link: 'connected', role }, true);
      const { items } = await connection.read<{ items: StoredEvent[] }>('/api/v1/events?limit=200');
      this.#set({ facts: learnEvents(this.#state.facts, items.map(asFleetEvent)) });
    } catch {
      // The broker is there and the controller is not: what it keeps is shown, and nobody may touch.
      this.#set({ link: 'connected', role: this.#state.role ?? 'view' }, true);
    }
  }

  async #openPod(key: string): Promise<void> {
    this.#stopLog();
    const panel = { key, container: undefined, containers: [], log: '', following: true, trouble: undefined };
    this.#set({ pod: panel }, true);
    try {
      const [namespace, name] = key.split('/');
      const pod = await this.#connection?.read<{ spec: { containers: { name: string }[] } }>(
        `/api/v1/namespaces/${namespace}/pods/${name}`,
      );
      const containers = (pod?.spec.containers ?? []).map((container) => container.name);
      if (this.#state.pod?.key !== key) return;
      this.#set({ pod: { ...panel, containers } });
      this.#followLog(containers[0]);
    } catch (error) {
      this.#setPod({ following: false, trouble: String((error as Error).message) });
    }
  }

  #followLog(container: string | undefined): void {
    const { pod } = this.#state;
    if (!pod || container === undefined) return;
    this.#stopLog();
    this.#setPod({ container, log: '', following: true, trouble: undefined });
    const [namespace, name] = pod.key.split('/');
    const query = new URLSearchParams({ container, follow: 'true', tailLines: '500' });
    const stop = this.#connection?.follow(
      `/api/v1/namespaces/${namespace}/pods/${name}/log?${query}`,
      (text) => this.#setPod({ log: ((this.#state.pod?.log ?? '') + text).slice(-logCharacters) }),
      (trouble) => this.#setPod({ following: false, trouble }),
    );
    this.#stopLog = stop ?? (() => {});
  }

  #setPod(change: Partial<NonNullable<State['pod']>>): void {
    if (this.#state.pod) this.#set({ pod: { ...this.#state.pod, ...change } });
  }

  async #deletePod(key: string): Promise<void> {
    const [namespace, name] = key.split('/');
    const document = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name } };
    try {
      const result = await this.#connection?.hand('delete', JSON.stringify(document));
      const [problem] = result ? problemsOf(result, () => undefined) : [];
      if (problem) this.#setPod({ trouble: problem.message });
    } catch (error) {
      this.#setPod({ trouble: (error as Error).message });
    }
  }

  async #load(file: File): Promise<void> {
    this.#set({ tab: 'apply', apply: { ...emptyForm, name: file.name, text: await file.text() } }, true);
  }

  async #apply(): Promise<void> {
    const form = { ...this.#state.apply, busy: true, done: [], problems: [] };
    this.#set({ apply: form }, true);
    try {
      const result = await this.#connection?.hand('apply', form.text);
      if (!result) throw new Error('there is no connection to the fleet');
      const done = result.items.flatMap((item) =>
        'action' in item ? [`${item.kind} ${item.name} ${item.action}`] : [],
      );
      // Loaded when it is needed: most people only look.
      const { linesOf } = await import('./yaml-lines.ts');
      this.#set(
        { apply: { ...form, busy: false, done, problems: problemsOf(result, linesOf(form.text)) } },
        true,
      );
    } catch (error) {
      const problem = { field: '', message: (error as Error).message, line: undefined };
      this.#set({ apply: { ...form, busy: false, problems: [problem] } }, true);
    }
  }

  #listenForFiles(): void {
    const drag = (dragging: boolean) => (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      if (this.#state.dragging !== dragging) this.#set({ dragging }, true);
    };
    document.addEventListener('dragover', drag(true));
    document.addEventListener('dragleave', drag(false));
    document.addEventListener('drop', (event) => {
      drag(false)(event);
      const file = event.dataTransfer?.files[0];
      if (file && mayWrite(this.#state)) void this.#load(file);
    });
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.#state.pod) this.#actions.closePod();
    });
  }
}

/** An Event as the API server keeps it. */
interface StoredEvent {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly lastTimestamp?: string;
  readonly source?: { readonly component?: string };
  readonly involvedObject?: { readonly kind?: string; readonly namespace?: string; readonly name?: string };
}

function asFleetEvent(event: StoredEvent): FleetEvent {
  const {
    type = '',
    reason = '',
    message = '',
    count = 1,
    lastTimestamp = '',
    source,
    involvedObject,
  } = event;
  const { kind = '', namespace = '', name = '' } = involvedObject ?? {};
  return {
    type,
    reason,
    message,
    count,
    kind,
    namespace,
    name,
    source: source?.component ?? '',
    time: lastTimestamp,
  };
}
