/**
 * Kubernetes' `$(NAME)` in command, args and env (k8s.io/kubernetes third_party/forked/golang/expansion): a name that
 * is not known stays as it is written, `$$` is one `$`.
 */
export function expand(text: string, known: ReadonlyMap<string, string>): string {
  return text.replace(/\$(\$|\([^)]*\))/g, (whole, what: string) => {
    if (what === '$') return '$';
    return known.get(what.slice(1, -1)) ?? whole;
  });
}
