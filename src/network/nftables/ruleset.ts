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

/** Collects chains and elements while a table is rendered. */
export interface RulesetBuilder {
  addChain(name: string, rules: readonly string[], hook?: string): void
  declare(name: string, kind: NamedSet['kind'], declaration: string): void
  addElement(set: string, key: string, value?: string): void
  build(): Ruleset
}

export function createRulesetBuilder(): RulesetBuilder {
  const chains = new Map<string, Chain>()
  const sets = new Map<string, NamedSet & { readonly elements: Map<string, string> }>()
  return {
    addChain: (name, rules, hook) => {
      chains.set(name, hook === undefined ? { rules } : { hook, rules })
    },
    declare: (name, kind, declaration) => {
      sets.set(name, { kind, declaration, elements: new Map() })
    },
    addElement: (set, key, value = '') => {
      // The first claim on an address and port wins, as the table is in a fixed order.
      const elements = sets.get(set)?.elements
      if (elements && !elements.has(key)) elements.set(key, value)
    },
    build: () => ({ sets, chains }),
  }
}
