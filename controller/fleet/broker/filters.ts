/** Topic filters (MQTT 3.1.1 §4.7) as plain text functions. */

export function matches(filter: string, topic: string): boolean {
  return covers(filter, topic);
}

/**
 * Whether every topic that `filter` matches is matched by `allowed` too. A topic name is a filter without wildcards, so
 * this also tells whether `allowed` matches it.
 */
export function covers(allowed: string, filter: string): boolean {
  const wide = allowed.split('/');
  const narrow = filter.split('/');
  for (const [at, level] of wide.entries()) {
    if (level === '#') return narrow.length >= at;
    const other = narrow[at];
    if (other === undefined || other === '#') return false;
    if (level !== '+' && level !== other) return false;
  }
  return wide.length === narrow.length;
}

/** At most these many bytes and levels, no U+0000, wildcards alone on their level and `#` last. */
export function isFilter(text: string, maxBytes: number, maxLevels: number): boolean {
  if (!isBounded(text, maxBytes, maxLevels)) return false;
  const levels = text.split('/');
  return levels.every((level, at) => {
    if (level === '#') return at === levels.length - 1;
    return level === '+' || !/[+#]/.test(level);
  });
}

export function isTopic(text: string, maxBytes: number, maxLevels: number): boolean {
  return isBounded(text, maxBytes, maxLevels) && !/[+#]/.test(text);
}

function isBounded(text: string, maxBytes: number, maxLevels: number): boolean {
  if (text === '' || text.length > maxBytes || text.includes('\0')) return false;
  return Buffer.byteLength(text) <= maxBytes && text.split('/').length <= maxLevels;
}
