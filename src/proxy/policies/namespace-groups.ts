import { formatSelector, type Labels, matchesLabels, type Selector } from '#machinery/selectors'
import { createLabelIndex } from './label-index.ts'

/** The namespaces that one selector matches. */
export interface NamespaceGroup {
  readonly id: string
  readonly selector: Selector
  readonly members: ReadonlySet<string>
}

/** Keeps groups of namespaces in step with the namespaces' labels. */
export interface NamespaceGroups {
  /** The group of a selector, made when it is first asked for; each asking is to be released. */
  acquire(selector: Selector): NamespaceGroup
  release(group: NamespaceGroup): void
  /** The groups that a namespace is in. */
  of(namespace: string): Iterable<NamespaceGroup>
  /** A namespace's labels, or that it is gone; answers the groups that it joined or left. */
  set(name: string, labels: Labels | undefined): readonly NamespaceGroup[]
}

interface Kept extends NamespaceGroup {
  readonly members: Set<string>
  uses: number
}

export function createNamespaceGroups(): NamespaceGroups {
  const namespaces = new Map<string, Labels>()
  const groups = new Map<string, Kept>()
  const bySelector = createLabelIndex<Kept>()
  const memberships = new Map<string, Set<Kept>>()
  const join = (group: Kept, name: string) => {
    group.members.add(name)
    memberships.set(name, (memberships.get(name) ?? new Set()).add(group))
  }
  const leave = (group: Kept, name: string) => {
    group.members.delete(name)
    const own = memberships.get(name)
    own?.delete(group)
    if (own?.size === 0) memberships.delete(name)
  }
  const make = (id: string, selector: Selector): Kept => {
    const group: Kept = { id, selector, members: new Set(), uses: 0 }
    for (const [name, labels] of namespaces) {
      if (matchesLabels(selector, labels)) join(group, name)
    }
    groups.set(id, group)
    bySelector.add(selector, group)
    return group
  }
  return {
    acquire: (selector) => {
      const id = formatSelector(selector)
      const group = groups.get(id) ?? make(id, selector)
      group.uses++
      return group
    },
    release: ({ id }) => {
      const group = groups.get(id)
      if (group === undefined || --group.uses > 0) return
      groups.delete(id)
      bySelector.remove(group.selector, group)
      for (const name of [...group.members]) leave(group, name)
    },
    of: (namespace) => memberships.get(namespace) ?? [],
    set: (name, labels) => {
      if (labels === undefined) namespaces.delete(name)
      else namespaces.set(name, labels)
      const candidates = labels === undefined ? [] : [...bySelector.candidates(labels)]
      const now = new Set(candidates.filter(({ selector }) => matchesLabels(selector, labels)))
      const before = new Set(memberships.get(name))
      const left = [...before].filter((group) => !now.has(group))
      const joined = [...now].filter((group) => !before.has(group))
      for (const group of left) leave(group, name)
      for (const group of joined) join(group, name)
      return [...left, ...joined]
    },
  }
}
