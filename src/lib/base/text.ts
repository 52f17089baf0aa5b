/**
 * The text without the characters at its end that are among `characters`. It takes time by what it
 * drops only, where an expression such as `/0+$/` would try each place of the text.
 */
export function withoutTrailing(text: string, characters: string): string {
  let end = text.length
  while (end > 0 && characters.includes(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

/** Parts no longer than this are copied by the engine already. */
const copiedLength = 12

/**
 * The same text, which keeps no other alive. A part that was cut from a text shares its memory with all of
 * it: whoever keeps a name out of a body keeps the body. What is kept for long goes through here.
 */
export function ownText(text: string): string {
  // A part of what was just put together is flat, and shares its memory with nothing else.
  return text.length <= copiedLength ? text : ` ${text}`.slice(1)
}

/**
 * The bytes of a text, which keep no others alive. Small buffers of `Buffer.from` are cut from blocks that
 * they share: whoever keeps one of them keeps its block.
 */
export function ownBytes(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  bytes.write(text)
  return bytes
}

/** The text, or its beginning where it is longer than `length`; keeps no other alive when it is cut. */
export function cutText(text: string, length: number): string {
  return text.length > length ? `${ownText(text.slice(0, length))}…` : text
}
