/**
 * Async iterations over others, one promise an item and layer. An async generator takes four or
 * five, which is what most of the work of a watch would be: its frames pass through many layers.
 */

/** Every item as `change` makes it. When that throws, the source is ended and the error passed on. */
export function mapped<T, U>(source: AsyncIterable<T>, change: (item: T) => U): AsyncIterable<U> {
  return {
    [Symbol.asyncIterator]() {
      const items = source[Symbol.asyncIterator]()
      const leave = async (): Promise<IteratorResult<U>> => {
        await items.return?.()
        return over
      }
      const pass = (result: IteratorResult<T>): IteratorResult<U> | Promise<IteratorResult<U>> => {
        if (result.done) return over
        try {
          return { done: false, value: change(result.value) }
        } catch (error) {
          return leave().then(() => Promise.reject(error))
        }
      }
      return { next: () => items.next().then(pass), return: leave }
    },
  }
}

/** The same items; `finish` is called once when they end, fail, or their reader leaves. */
export function finishing<T>(source: AsyncIterable<T>, finish: () => void): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const items = source[Symbol.asyncIterator]()
      let isOver = false
      const end = () => {
        if (!isOver) finish()
        isOver = true
      }
      const pass = (result: IteratorResult<T>) => {
        if (result.done) end()
        return result
      }
      const fail = (error: unknown) => {
        end()
        throw error
      }
      return {
        next: () => items.next().then(pass, fail),
        async return() {
          end()
          await items.return?.()
          return over
        },
      }
    },
  }
}

/** The items of what `open` gives, which is not asked before the first of them is. */
export function opening<T>(open: () => Promise<AsyncIterable<T>>): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      let items: AsyncIterator<T> | undefined
      let isOpened = false
      const first = async (): Promise<IteratorResult<T>> => {
        // What could not be opened has no items.
        if (isOpened) return over
        isOpened = true
        items = (await open())[Symbol.asyncIterator]()
        return items.next()
      }
      return {
        next: () => items?.next() ?? first(),
        async return() {
          await items?.return?.()
          return over
        },
      }
    },
  }
}

/** The result of an iteration that has ended. */
export const over: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined })
