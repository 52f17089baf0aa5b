import type { Chain, Declaration, Fragment, NamedSet, Ruleset } from './ruleset.ts'

/** The parts of a table before and after some came and went: of both only what is touched. */
export interface RulesetChange {
  readonly before: Ruleset
  readonly next: Ruleset
}

/** A part with the name by which claims on one key are ordered. */
export interface NamedFragment {
  readonly name: string
  readonly fragment: Fragment
}

/**
 * The content of a table as the sum of its parts. What a change costs depends on the parts that come
 * and go, and not on how many there are.
 */
export interface Parts {
  change(gone: readonly NamedFragment[], come: readonly NamedFragment[]): RulesetChange
  /** Everything. */
  whole(): Ruleset
}

interface Counted<T> {
  readonly value: T
  count: number
}

/** What several parts want of one key; the first by its name has it. */
interface Claim {
  readonly name: string
  readonly value: string
}

export function createParts(): Parts {
  const chains = new Map<string, Counted<Chain>>()
  const sets = new Map<string, Counted<Declaration>>()
  const elements = new Map<string, Map<string, Claim[]>>()
  const elementOf = (set: string, key: string) => elements.get(set)?.get(key)?.[0]?.value
  const look = ({ chains: names, sets: touched, keys }: Touched): Ruleset => {
    const shown = new Map<string, NamedSet>()
    for (const name of new Set([...touched, ...keys.keys()])) {
      const declared = sets.get(name)?.value
      if (!declared) continue
      const own = new Map<string, string>()
      for (const key of keys.get(name) ?? []) {
        const value = elementOf(name, key)
        if (value !== undefined) own.set(key, value)
      }
      shown.set(name, { ...declared, elements: own })
    }
    return {
      sets: shown,
      chains: new Map(
        [...names].flatMap((name) => {
          const found = chains.get(name)
          return found ? [[name, found.value] as const] : []
        }),
      ),
    }
  }
  const add = ({ name, fragment }: NamedFragment) => {
    for (const [chain, value] of fragment.chains) count(chains, chain, value)
    for (const [set, value] of fragment.sets) count(sets, set, value)
    for (const { set, key, value } of fragment.entries) {
      const keys = elements.get(set) ?? new Map<string, Claim[]>()
      elements.set(set, keys)
      const claims = keys.get(key) ?? []
      claims.push({ name, value })
      if (claims.length > 1) claims.sort((a, b) => (a.name < b.name ? -1 : 1))
      keys.set(key, claims)
    }
  }
  const remove = ({ name, fragment }: NamedFragment) => {
    for (const chain of fragment.chains.keys()) discount(chains, chain)
    for (const set of fragment.sets.keys()) discount(sets, set)
    for (const { set, key, value } of fragment.entries) {
      const claims = elements.get(set)?.get(key)
      const at = claims?.findIndex((each) => each.name === name && each.value === value) ?? -1
      if (at >= 0) claims?.splice(at, 1)
      if (claims?.length === 0) elements.get(set)?.delete(key)
    }
  }
  return {
    change(gone, come) {
      const touched = touchedBy([...gone, ...come])
      const before = look(touched)
      for (const part of gone) remove(part)
      for (const part of come) add(part)
      return { before, next: look(touched) }
    },
    whole: () =>
      look({
        chains: new Set(chains.keys()),
        sets: new Set(sets.keys()),
        keys: new Map([...elements].map(([set, keys]) => [set, new Set(keys.keys())])),
      }),
  }
}

interface Touched {
  readonly chains: ReadonlySet<string>
  readonly sets: ReadonlySet<string>
  readonly keys: ReadonlyMap<string, ReadonlySet<string>>
}

function touchedBy(parts: readonly NamedFragment[]): Touched {
  const keys = new Map<string, Set<string>>()
  for (const { fragment } of parts) {
    for (const { set, key } of fragment.entries) {
      const own = keys.get(set) ?? new Set<string>()
      keys.set(set, own.add(key))
    }
  }
  return {
    chains: new Set(parts.flatMap(({ fragment }) => [...fragment.chains.keys()])),
    sets: new Set(parts.flatMap(({ fragment }) => [...fragment.sets.keys()])),
    keys,
  }
}

/** The newest value counts: a chain of one name is the same in all parts, but for one that changes. */
function count<T>(held: Map<string, Counted<T>>, name: string, value: T): void {
  const known = held.get(name)?.count ?? 0
  held.set(name, { value, count: known + 1 })
}

function discount<T>(held: Map<string, Counted<T>>, name: string): void {
  const found = held.get(name)
  if (!found) return
  found.count--
  if (found.count === 0) held.delete(name)
}
