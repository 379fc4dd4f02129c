import type { Credentials } from './connection.ts';

const key = 'bramble-sign-in';

/** For this tab until it is closed, or for this device when the person asked for it. */
export function rememberSignIn(credentials: Credentials, onDevice: boolean): void {
  forgetSignIn();
  (onDevice ? localStorage : sessionStorage).setItem(key, JSON.stringify(credentials));
}

export function rememberedSignIn(): Credentials | undefined {
  try {
    const text = sessionStorage.getItem(key) ?? localStorage.getItem(key);
    return text === null ? undefined : (JSON.parse(text) as Credentials);
  } catch {
    return undefined;
  }
}

export function forgetSignIn(): void {
  sessionStorage.removeItem(key);
  localStorage.removeItem(key);
}
