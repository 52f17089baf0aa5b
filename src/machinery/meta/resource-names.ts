import type { ResourceRef } from './resource.ts'

/** A resource with every name that people call it by. */
export interface NamedResource extends ResourceRef {
  /** Empty where the server names none. */
  readonly singular: string
  readonly shortNames?: readonly string[]
}

/**
 * Finds the resource that a text means, as kubectl reads it: a plural, a singular, a kind or a short
 * name in letters of either case, alone or followed by a group (`deployments.apps`) or by a version
 * and a group (`deployments.v1.apps`). A group may be cut short (`roles.rbac`). Of several the first
 * one is meant, so `resources` must stand in the order of discovery; a full name goes before a short
 * one. Undefined when there is none (upstream: `meta.RESTMapper` and kubectl's shortcut expander).
 */
export function findResource<R extends NamedResource>(
  resources: readonly R[],
  text: string,
): R | undefined {
  const [name = '', first, ...rest] = text.toLowerCase().split('.')
  if (name === '') return undefined
  const full = resources.filter((each) => isFullName(each, name))
  const short = resources.filter(({ shortNames = [] }) => shortNames.includes(name))
  const named = [...full, ...short]
  if (first === undefined) return named[0]
  const group = [first, ...rest].join('.')
  return (
    named.find((each) => each.version === first && each.group === rest.join('.')) ??
    named.find((each) => each.group === group) ??
    named.find((each) => each.group.startsWith(group))
  )
}

function isFullName({ plural, singular, kind }: NamedResource, name: string): boolean {
  return plural === name || singular === name || kind.toLowerCase() === name
}

/** What clients say of a name that no resource has, in kubectl's words. */
export function noSuchResource(text: string): string {
  return `the server doesn't have a resource type "${text}"`
}
