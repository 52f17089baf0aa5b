const comma = Buffer.from(',')

/**
 * The JSON of an object whose last member is a long list, in pieces: its elements are asked for one
 * after the other while the pieces before them are sent.
 */
export function* jsonPieces(
  head: object,
  member: string,
  elements: Iterable<Uint8Array>,
): Generator<Uint8Array> {
  yield Buffer.from(`${JSON.stringify(head).slice(0, -1)},${JSON.stringify(member)}:[`)
  let isFirst = true
  for (const element of elements) {
    if (!isFirst) yield comma
    isFirst = false
    yield element
  }
  yield Buffer.from(']}\n')
}
