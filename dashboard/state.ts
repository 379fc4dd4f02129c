import type { Facts } from './facts.ts';
import type { Problem } from './problems.ts';

export type Tab = 'boards' | 'pods' | 'events' | 'apply';

export interface PodPanel {
  /** `namespace/name` */
  readonly key: string;
  readonly container: string | undefined;
  readonly containers: readonly string[];
  readonly log: string;
  readonly following: boolean;
  readonly trouble: string | undefined;
}

export interface ApplyForm {
  readonly name: string;
  readonly text: string;
  readonly busy: boolean;
  readonly done: readonly string[];
  readonly problems: readonly Problem[];
}

/** All that is on the page. Views are functions of it. */
export interface State {
  readonly link: 'out' | 'connecting' | 'connected' | 'lost' | 'refused';
  readonly user: string;
  /** What the user may do; `undefined` until the controller has told. */
  readonly role: string | undefined;
  readonly facts: Facts;
  readonly tab: Tab;
  readonly filter: string;
  /** Rows and cards that are shown at once; more on request. */
  readonly shown: number;
  readonly pod: PodPanel | undefined;
  readonly apply: ApplyForm;
  readonly dragging: boolean;
  readonly nowMs: number;
}

/** What a person does on the page. */
export interface Actions {
  readonly signIn: (user: string, token: string, remember: boolean) => void;
  readonly signOut: () => void;
  readonly show: (tab: Tab) => void;
  readonly filter: (text: string) => void;
  readonly more: () => void;
  readonly openPod: (key: string) => void;
  readonly closePod: () => void;
  readonly chooseContainer: (name: string) => void;
  readonly deletePod: (key: string) => void;
  readonly type: (text: string) => void;
  readonly load: (file: File) => void;
  readonly apply: () => void;
}

export const emptyForm: ApplyForm = { name: '', text: '', busy: false, done: [], problems: [] };

export function mayWrite({ role }: Pick<State, 'role'>): boolean {
  return role === 'admin' || role === 'edit';
}
