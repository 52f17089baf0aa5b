import { ConfigError } from './errors.ts'

/** `$$`, `$(NAME)`, or a `$(` that is never closed. */
const reference = /\$(\$|\(([^)]*)\)|\()/g

/**
 * Replaces `$(NAME)` by a variable's value; `$$` stands for `$`, and a name that is unknown stays as
 * it is written (upstream: third_party/forked/golang/expansion).
 */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(reference, (match, next: string, name: string | undefined) => {
    if (next === '$') return '$'
    if (name === undefined) return match
    return variables.get(name) ?? match
  })
}

/**
 * Replaces as `expand` does, where every variable has to have a value (upstream:
 * ExpandContainerVolumeMounts).
 * @throws ConfigError that names those that have none.
 */
export function expandStrictly(text: string, variables: ReadonlyMap<string, string>): string {
  const missing = namesIn(text).filter((name) => !variables.get(name))
  if (missing.length === 0) return expand(text, variables)
  throw new ConfigError(`missing value for ${[...new Set(missing)].toSorted().join(', ')}`)
}

/** The names of the variables that a text refers to. */
function namesIn(text: string): readonly string[] {
  return [...text.matchAll(reference)].flatMap(([, , name]) => (name === undefined ? [] : [name]))
}
