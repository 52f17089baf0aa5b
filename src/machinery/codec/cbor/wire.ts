/** What an item is: the three highest bits of its first byte. */
export const majorType = Object.freeze({
  unsigned: 0,
  negative: 1,
  bytes: 2,
  text: 3,
  array: 4,
  map: 5,
  tag: 6,
  simple: 7,
})

/** What errors call the major types, by their number. */
export const majorNames: readonly string[] = [
  'positive integer',
  'negative integer',
  'byte string',
  'UTF-8 text string',
  'array',
  'map',
  'tag',
  'primitives',
]

/** The head of tag 55799, by which CBOR is known as such (RFC 8949, 3.4.6). */
export const selfDescribed: Uint8Array = Uint8Array.of(0xd9, 0xd9, 0xf7)
