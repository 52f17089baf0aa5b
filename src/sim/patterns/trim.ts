/** Takes letters away from the end of a text, however many there are of them. */
export function withoutEnd(text: string, letters: string): string {
  let end = text.length
  while (end > 0 && letters.includes(text[end - 1] ?? '')) end--
  return text.slice(0, end)
}

/** Takes letters away from the beginning of a text, however many there are of them. */
export function withoutStart(text: string, letters: string): string {
  let start = 0
  while (start < text.length && letters.includes(text[start] ?? '')) start++
  return text.slice(start)
}
