/** Rules of one chain, in order, in nft's own words. */
export interface Chain {
  /** The hook of a base chain; absent for a chain that is jumped to. */
  readonly hook?: string
  readonly rules: readonly string[]
}

/** A named set or map. */
export interface NamedSet {
  readonly kind: 'set' | 'map'
  /** `type ipv4_addr ;`; a set that is declared otherwise must bear another name. */
  readonly declaration: string
  /** Keys, with the value for a map and the empty string for a set. */
  readonly elements: ReadonlyMap<string, string>
}

/** The content of one nftables table, as data in a fixed order. */
export interface Ruleset {
  readonly sets: ReadonlyMap<string, NamedSet>
  readonly chains: ReadonlyMap<string, Chain>
}

/** A set or map without its elements. */
export type Declaration = Pick<NamedSet, 'kind' | 'declaration'>

/** An entry of a set or map; the empty value is that of a set. */
interface Entry {
  readonly set: string
  readonly key: string
  readonly value: string
}

/** What one part brings to a table; parts may bring the same chains and sets. */
export interface Fragment {
  readonly chains: ReadonlyMap<string, Chain>
  readonly sets: ReadonlyMap<string, Declaration>
  readonly entries: readonly Entry[]
}

/** Collects what a part brings. */
export interface FragmentBuilder {
  addChain(name: string, rules: readonly string[], hook?: string): void
  declare(name: string, kind: NamedSet['kind'], declaration: string): void
  addElement(set: string, key: string, value?: string): void
  build(): Fragment
}

export function createFragmentBuilder(): FragmentBuilder {
  const chains = new Map<string, Chain>()
  const sets = new Map<string, Declaration>()
  const entries: Entry[] = []
  return {
    addChain: (name, rules, hook) => {
      chains.set(name, hook === undefined ? { rules } : { hook, rules })
    },
    declare: (name, kind, declaration) => {
      sets.set(name, { kind, declaration })
    },
    addElement: (set, key, value = '') => void entries.push({ set, key, value }),
    build: () => ({ chains, sets, entries }),
  }
}
