/**
 * Replaces `$(NAME)` by a variable's value; `$$` stands for `$`, and a name that is unknown stays as
 * it is written (upstream: third_party/forked/golang/expansion).
 */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\$(\$|\(([^)]*)\)|\()/g, (match, next: string, name: string | undefined) => {
    if (next === '$') return '$'
    if (name === undefined) return match
    return variables.get(name) ?? match
  })
}
