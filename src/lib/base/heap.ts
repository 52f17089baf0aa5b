/**
 * A heap is a binary min-heap: `before(a, b)` is true when `a` must leave first; ties leave in any
 * order.
 */
export interface Heap<T> {
  readonly size: number
  push(item: T): void
  peek(): T | undefined
  pop(): T | undefined
}

/** Makes an empty heap in which `before` decides who leaves first. */
export function createHeap<T>(before: (a: T, b: T) => boolean): Heap<T> {
  const items: T[] = []
  return {
    get size() {
      return items.length
    },
    push(item) {
      items.push(item)
      siftUp(items, before)
    },
    peek: () => items[0],
    pop() {
      const top = items[0]
      const last = items.pop()
      if (items.length > 0 && last !== undefined) {
        items[0] = last
        siftDown(items, before)
      }
      return top
    },
  }
}

function siftUp<T>(items: T[], before: (a: T, b: T) => boolean): void {
  let at = items.length - 1
  const item = items[at] as T
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!before(item, items[parent] as T)) break
    items[at] = items[parent] as T
    at = parent
  }
  items[at] = item
}

function siftDown<T>(items: T[], before: (a: T, b: T) => boolean): void {
  const item = items[0] as T
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= items.length) break
    if (child + 1 < items.length && before(items[child + 1] as T, items[child] as T)) child++
    if (!before(items[child] as T, item)) break
    items[at] = items[child] as T
    at = child
  }
  items[at] = item
}
