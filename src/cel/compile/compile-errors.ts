/** What is wrong with an expression, at which places; its text is upstream's. */
export class CompileErrors {
  readonly #source: string
  readonly #placeOf: (at: number) => number
  readonly #found: { readonly at: number; readonly message: string }[] = []

  /** Where the library has read another text, `placeOf` gives the places of the source. */
  constructor(source: string, placeOf: (at: number) => number = (at) => at) {
    this.#source = source
    this.#placeOf = placeOf
  }

  get isEmpty(): boolean {
    return this.#found.length === 0
  }

  add(place: number, message: string): this {
    const at = this.#placeOf(place)
    const isKnown = this.#found.some((known) => known.at === at && known.message === message)
    if (!isKnown && this.#found.length < 100) this.#found.push({ at, message })
    return this
  }

  /** `ERROR: <input>:1:6: undefined field 'x'` with the line and a mark below, for each. */
  toString(): string {
    return this.#found
      .toSorted((a, b) => a.at - b.at)
      .map(({ at, message }) => this.#format(at, message))
      .join('\n')
  }

  #format(at: number, message: string): string {
    const before = this.#source.slice(0, at).split('\n')
    const column = Array.from(before.at(-1) ?? '').length
    const line = this.#source.split('\n')[before.length - 1] ?? ''
    const place = `${before.length}:${column + 1}`
    const snippet = `\n | ${line.replaceAll('\t', ' ')}\n | ${'.'.repeat(column)}^`
    return `ERROR: <input>:${place}: ${message}${snippet}`
  }
}
