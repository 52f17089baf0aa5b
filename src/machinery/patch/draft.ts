/**
 * A JSON document while a patch changes it. Each map and list is opened once, at its first change, and
 * closed once at the end, so that thousands of operations on a large one cost no more than their
 * number; what no operation changes stays the very value that it was.
 */
export class Draft {
  /** A plain value, or an opened container. */
  root: unknown

  constructor(document: unknown) {
    this.root = document
  }

  /** The document as a plain value. */
  finish(): unknown {
    return isPlainValue(this.root)
  }
}

/** A map that has been opened; values may be opened containers. */
export type OpenMap = Map<string, unknown>

/** A map or a list, opened or as it was. */
export type DraftContainer =
  | OpenMap
  | OpenList
  | readonly unknown[]
  | Readonly<Record<string, unknown>>

/** So many items are moved at most where one is put in or taken out. */
const chunkSize = 512

/** A list that has been opened, in chunks, so that a change moves the items of one chunk only. */
export class OpenList {
  readonly #chunks: unknown[][] = []
  #length: number

  constructor(items: readonly unknown[]) {
    for (let i = 0; i < items.length; i += chunkSize) {
      this.#chunks.push(items.slice(i, i + chunkSize))
    }
    this.#length = items.length
  }

  get length(): number {
    return this.#length
  }

  /** Undefined beyond the end. */
  get(index: number): unknown {
    const [chunk, at] = this.#find(index)
    return this.#chunks[chunk]?.[at]
  }

  /** Of an index below the length. */
  set(index: number, value: unknown): void {
    const [chunk, at] = this.#find(index)
    this.#chunks[chunk]![at] = value
  }

  /** At an index up to the length. */
  insert(index: number, value: unknown): void {
    if (this.#chunks.length === 0) this.#chunks.push([])
    const [chunk, at] = this.#find(index)
    const items = this.#chunks[chunk]!
    items.splice(at, 0, value)
    if (items.length > 2 * chunkSize) this.#chunks.splice(chunk + 1, 0, items.splice(chunkSize))
    this.#length++
  }

  /** Of an index below the length. */
  remove(index: number): void {
    const [chunk, at] = this.#find(index)
    const items = this.#chunks[chunk]!
    items.splice(at, 1)
    if (items.length === 0) this.#chunks.splice(chunk, 1)
    this.#length--
  }

  items(): unknown[] {
    return this.#chunks.flat()
  }

  /** The chunk of an index and the place in it; for the length, the end of the last chunk. */
  #find(index: number): readonly [number, number] {
    let rest = index
    const last = this.#chunks.length - 1
    for (let chunk = 0; chunk < last; chunk++) {
      const { length } = this.#chunks[chunk]!
      if (rest < length) return [chunk, rest]
      rest -= length
    }
    return [last, rest]
  }
}

/** The value with all that has been opened in it closed again; itself if nothing has. */
export function isPlainValue(value: unknown): unknown {
  if (value instanceof OpenList) return value.items().map(isPlainValue)
  // fromEntries defines keys, so that even `__proto__` is only a key.
  if (value instanceof Map) {
    return Object.fromEntries(
      [...(value as OpenMap)].map(([key, each]) => [key, isPlainValue(each)]),
    )
  }
  return value
}

/** The container ready to be changed: itself if it has been opened, or an opened copy. */
export function opened(container: DraftContainer): OpenMap | OpenList {
  if (container instanceof OpenList || container instanceof Map) return container
  return isPlainList(container)
    ? new OpenList(container)
    : new Map<string, unknown>(Object.entries(container))
}

export function isContainer(value: unknown): value is DraftContainer {
  return typeof value === 'object' && value !== null
}

export function isList(container: DraftContainer): container is OpenList | readonly unknown[] {
  return container instanceof OpenList || isPlainList(container)
}

/** What a map holds under a key, undefined where it has none. */
export function memberOf(map: OpenMap | Readonly<Record<string, unknown>>, key: string): unknown {
  if (map instanceof Map) return (map as OpenMap).get(key)
  return Object.hasOwn(map, key) ? map[key] : undefined
}

/** What a list holds at an index that it has. */
export function itemOf(list: OpenList | readonly unknown[], index: number): unknown {
  return list instanceof OpenList ? list.get(index) : list[index]
}

/** Whether a value, opened or not, equals a plain one. It looks at no more than the plain one has. */
export function equals(value: unknown, wanted: unknown): boolean {
  if (value === wanted) return true
  if (!isContainer(value) || !isContainer(wanted)) return false
  if (isList(value) || isList(wanted)) {
    if (!isList(value) || !isList(wanted) || value.length !== wanted.length) return false
    return itemsOf(value).every((each, i) => equals(each, itemOf(wanted, i)))
  }
  const entries = Object.entries(wanted)
  if (sizeOf(value) !== entries.length) return false
  return entries.every(([key, each]) => {
    const found = memberOf(value, key)
    return found !== undefined && equals(found, each)
  })
}

function itemsOf(list: OpenList | readonly unknown[]): readonly unknown[] {
  return list instanceof OpenList ? list.items() : list
}

function sizeOf(map: OpenMap | Readonly<Record<string, unknown>>): number {
  return map instanceof Map ? map.size : Object.keys(map).length
}

function isPlainList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}
