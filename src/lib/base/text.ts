/**
 * The text without the characters at its end that are among `characters`. It takes time by what it
 * drops only, where an expression such as `/0+$/` would try each place of the text.
 */
export function withoutTrailing(text: string, characters: string): string {
  let end = text.length
  while (end > 0 && characters.includes(text.charAt(end - 1))) end--
  return text.slice(0, end)
}
