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
  return names.reduce<FieldPath>((path, name) => path.child(name), root)
}

const root: FieldPath = {
  child: (...names) => names.reduce<FieldPath>((path, name) => append(path, `.${name}`), root),
  index: (index) => append(root, `[${index}]`),
  key: (key) => append(root, `[${key}]`),
  toString: () => '<nil>',
}

function append(parent: FieldPath, text: string): FieldPath {
  const self: FieldPath = {
    child: (...names) => names.reduce<FieldPath>((path, name) => append(path, `.${name}`), self),
    index: (index) => append(self, `[${index}]`),
    key: (key) => append(self, `[${key}]`),
    toString: () => (parent === root ? text.replace(/^\./, '') : `${parent}${text}`),
  }
  return self
}
