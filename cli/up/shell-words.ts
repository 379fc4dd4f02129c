/** One word for sh, bash and zsh, quoted only where it must be. */
export function shellQuoted(text: string): string {
  return /^[\w./@%+:,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * A path for a variable that is used without quotes (`$BRAMBLE_MQTT`): the shell splits it at white space, then takes the words
 * for patterns. So each such character is written as a pattern that matches it, and the path comes out whole.
 */
export function unquotedPath(path: string): string {
  return path.replace(/\s/g, '[[:space:]]').replace(/[*?]/g, '[$&]');
}
