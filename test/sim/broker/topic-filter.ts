/** MQTT 3.1.1 §4.7, level by level: `+` is one level, `#` the rest, itself included. */
export function topicMatches(filter: readonly string[], topic: readonly string[]): boolean {
  for (const [index, part] of filter.entries()) {
    if (part === '#') return true;
    if (index >= topic.length || (part !== '+' && part !== topic[index])) return false;
  }
  return filter.length === topic.length;
}
