import type { Labels, Selector } from '#machinery/selectors'

/**
 * Finds the items whose selectors may match some labels without asking all of them: each item stands
 * under a label that its selector cannot do without, or among those that have none such.
 */
export interface LabelIndex<T> {
  add(selector: Selector, item: T): void
  remove(selector: Selector, item: T): void
  /** All whose selectors match, and perhaps some others. */
  candidates(labels: Labels): Iterable<T>
  readonly isEmpty: boolean
}

export function createLabelIndex<T>(): LabelIndex<T> {
  const places = new Map<string, Set<T>>()
  return {
    add: (selector, item) => {
      for (const place of placesOf(selector)) {
        const items = places.get(place) ?? new Set()
        places.set(place, items.add(item))
      }
    },
    remove: (selector, item) => {
      for (const place of placesOf(selector)) {
        const items = places.get(place)
        items?.delete(item)
        if (items?.size === 0) places.delete(place)
      }
    },
    *candidates(labels) {
      yield* places.get(anywhere) ?? []
      for (const [key, value] of Object.entries(labels)) yield* places.get(`${key}=${value}`) ?? []
    },
    get isEmpty() {
      return places.size === 0
    },
  }
}

/** No label is called so. */
const anywhere = ''

/** A label with one of these values is on everything that a selector matches. */
function placesOf({ requirements }: Selector): readonly string[] {
  const exact = requirements.find(({ operator }) => operator === '=' || operator === '==')
  const { key, values } = exact ?? requirements.find(({ operator }) => operator === 'in') ?? {}
  if (key === undefined || values === undefined) return [anywhere]
  return values.map((value) => `${key}=${value}`)
}
