import type { Chain, NamedSet, Ruleset } from './ruleset.ts'

/** Elements on one line of the script. */
const elementsPerLine = 200

const nothing: Ruleset = { sets: new Map(), chains: new Map() }

/**
 * The script that turns one table content into another, in one atomic transaction; empty when they
 * are equal. Without a known content (`undefined`) the table is made anew. Only what differs is
 * touched: with thousands of services, replacing everything takes seconds.
 *
 * The order matters to nft: names first, then what refers to them, and deletions when nothing
 * refers to them any more.
 */
export function transaction(table: string, old: Ruleset | undefined, next: Ruleset): string {
  const name = `inet ${table}`
  const before = old ?? nothing
  const lines = [
    ...declareSets(name, before, next),
    ...declareChains(name, before, next),
    ...changeRules(name, before, next),
    ...changeElements(name, before, next),
    ...dropChains(name, before, next),
    ...dropSets(name, before, next),
  ]
  // Deleting needs the table to be there, hence the first of the two additions.
  const anew = [`add table ${name}`, `delete table ${name}`, `add table ${name}`]
  const script = old === undefined ? [...anew, ...lines] : lines
  return script.map((line) => `${line}\n`).join('')
}

function declareSets(table: string, before: Ruleset, next: Ruleset): readonly string[] {
  return [...next.sets]
    .filter(([name]) => !before.sets.has(name))
    .map(([name, set]) => `add ${set.kind} ${table} ${name} { ${set.declaration} }`)
}

function declareChains(table: string, before: Ruleset, next: Ruleset): readonly string[] {
  return [...next.chains]
    .filter(([name]) => !before.chains.has(name))
    .map(([name, { hook }]) => `add chain ${table} ${name}${hook ? ` { ${hook} }` : ''}`)
}

function changeRules(table: string, before: Ruleset, next: Ruleset): readonly string[] {
  return [...next.chains].flatMap(([name, chain]) => {
    const known = before.chains.get(name)
    if (known === chain) return []
    if (known && sameRules(known, chain)) return []
    const flush = known ? [`flush chain ${table} ${name}`] : []
    return [...flush, ...chain.rules.map((rule) => `add rule ${table} ${name} ${rule}`)]
  })
}

function sameRules(a: Chain, b: Chain): boolean {
  return a.rules.length === b.rules.length && a.rules.every((rule, i) => rule === b.rules[i])
}

function changeElements(table: string, before: Ruleset, next: Ruleset): readonly string[] {
  return [...next.sets].flatMap(([name, set]) => {
    const known: NamedSet['elements'] = before.sets.get(name)?.elements ?? new Map()
    if (known === set.elements) return []
    const gone = [...known].filter(([key, value]) => set.elements.get(key) !== value)
    const fresh = [...set.elements].filter(([key, value]) => known.get(key) !== value)
    return [
      ...elementLines(`delete element ${table} ${name}`, gone.map(elementKey)),
      ...elementLines(`add element ${table} ${name}`, fresh.map(elementText)),
    ]
  })
}

const elementKey = ([key]: readonly [string, string]) => key
const elementText = ([key, value]: readonly [string, string]) =>
  value === '' ? key : `${key} : ${value}`

function elementLines(command: string, elements: readonly string[]): readonly string[] {
  const lines: string[] = []
  for (let at = 0; at < elements.length; at += elementsPerLine) {
    lines.push(`${command} { ${elements.slice(at, at + elementsPerLine).join(', ')} }`)
  }
  return lines
}

/** Chains that go may refer to one another, so all are emptied before the first is deleted. */
function dropChains(table: string, before: Ruleset, next: Ruleset): readonly string[] {
  const gone = [...before.chains.keys()].filter((name) => !next.chains.has(name))
  return [
    ...gone.map((name) => `flush chain ${table} ${name}`),
    ...gone.map((name) => `delete chain ${table} ${name}`),
  ]
}

function dropSets(table: string, before: Ruleset, next: Ruleset): readonly string[] {
  return [...before.sets]
    .filter(([name]) => !next.sets.has(name))
    .map(([name, { kind }]) => `delete ${kind} ${table} ${name}`)
}
