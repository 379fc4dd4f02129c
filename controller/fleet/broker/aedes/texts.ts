/**
 * What the parser makes of bytes that are no UTF-8, and what MQTT forbids in its strings. Somebody who writes U+FFFD
 * itself is taken for the same; no topic, filter or name of ours has it.
 */
const forbidden = /[\0\uFFFD]/;

export function areTexts(texts: readonly (string | undefined)[]): boolean {
  return !texts.some((text) => text !== undefined && forbidden.test(text));
}

/** Ends the connection (MQTT-1.5.3-1, -2), and counts as malformed. */
export function noText(): Error {
  return new Error('a string with U+0000, or that is not UTF-8');
}
