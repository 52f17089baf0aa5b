/**
 * The path of a field as upstream writes it: `spec.containers[0].name`, `metadata.labels[foo]`.
 * Immutable; building one costs a small object, the text is made only when asked for.
 */
export interface FieldPath {
  /** `path.name` for each name in turn. */
  child(...names: readonly string[]): FieldPath
  /** `path[3]`. */
  index(index: number): FieldPath
  /** `path[name]`: an entry of a map. */
  key(key: string): FieldPath
  toString(): string
}

/** A path that starts at the given names; without any, the root (`<nil>` as upstream prints it). */
export function fieldPath(...names: readonly string[]): FieldPath {
  return root.child(...names)
}

/** A class, since every check of a field makes one: its methods are shared. */
class Path implements FieldPath {
  /** Undefined for the root. */
  readonly #parent: Path | undefined
  readonly #text: string
  #whole: string | undefined

  constructor(parent: Path | undefined, text: string) {
    this.#parent = parent
    this.#text = text
  }

  child(...names: readonly string[]): FieldPath {
    let path: Path = this
    for (const name of names) path = new Path(path, `.${name}`)
    return path
  }

  index(index: number): FieldPath {
    return new Path(this, `[${index}]`)
  }

  key(key: string): FieldPath {
    return new Path(this, `[${key}]`)
  }

  /** Kept, since each error of a map of thousands has the same path. */
  toString(): string {
    this.#whole ??= this.#written()
    return this.#whole
  }

  #written(): string {
    if (!this.#parent) return '<nil>'
    if (this.#parent === root) return this.#text.replace(/^\./, '')
    return `${this.#parent}${this.#text}`
  }
}

const root = new Path(undefined, '')
