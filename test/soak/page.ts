const begin = '<!-- what the newest run found -->';
const end = '<!-- end of what it found -->';

/** The page with another result between its marks. @throws Error when it has no marks */
export function withResult(page: string, result: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page has no lines ${begin} and ${end}`);
  return `${page.slice(0, from)}${begin}\n\n${result.trim()}\n\n${page.slice(to)}`;
}
