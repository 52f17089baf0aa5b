import {
  type FieldError,
  type FieldErrors,
  type FieldPath,
  forbiddenField,
} from '#machinery/validation'

/** What one rule may cost at most, for all values of a request that it holds for. */
const mostPerRule = 10_000_000
/** What all rules of a schema may cost together. */
const mostPerSchema = 100_000_000
/** So many of the dearest rules are named. */
const mostNamed = 4

/** Adds up what the rules of a schema cost at most. */
export class SchemaCosts {
  readonly #dearest: { readonly path: FieldPath; readonly cost: number }[] = []
  readonly #toleratesDear: boolean
  #total = 0

  constructor({ toleratesDear }: { readonly toleratesDear: boolean }) {
    this.#toleratesDear = toleratesDear
  }

  /** Counts an expression, and gives the error of one that is too dear by itself. */
  count(path: FieldPath, cost: number, name: string): FieldErrors {
    this.#total += cost
    if (cost >= mostPerSchema / 100) this.#dearest.push({ path, cost })
    if (this.#toleratesDear) return []
    return cost > mostPerRule ? [forbiddenField(path, exceeds(name, cost, mostPerRule))] : []
  }

  /** The errors of rules that are too dear together; the last is that of the schema. */
  errors(path: FieldPath): FieldErrors {
    if (this.#total <= mostPerSchema) return []
    const named = this.#dearest.toSorted((a, b) => b.cost - a.cost).slice(0, mostNamed)
    const detail =
      'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema'
    const name = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema'
    return [
      ...named.map(({ path: at }): FieldError => forbiddenField(at, detail)),
      forbiddenField(path, exceeds(name, this.#total, mostPerSchema)),
    ]
  }
}

function exceeds(name: string, cost: number, limit: number): string {
  const factor = cost / limit
  const shown = factor > 100 ? 'more than 100x' : `${factor.toFixed(factor < 1.5 ? 6 : 1)}x`
  return `${name} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`
}
