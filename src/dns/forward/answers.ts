/** Same number, an answer, and the same question, whatever the case of its letters. */
export function answersQuestion(message: Buffer, question: Buffer): boolean {
  if (message.length < 12 || message.readUInt16BE(0) !== question.readUInt16BE(0)) return false
  if (((message[2] ?? 0) & 0x80) === 0 || message.readUInt16BE(4) !== 1) return false
  const length = questionLength(question)
  const asked = question
    .subarray(12, 12 + length)
    .toString('latin1')
    .toLowerCase()
  return (
    message
      .subarray(12, 12 + length)
      .toString('latin1')
      .toLowerCase() === asked
  )
}

/** Our own questions are whole, so that the name ends. */
function questionLength(question: Buffer): number {
  let at = 12
  while (at < question.length && (question[at] ?? 0) !== 0) at += (question[at] ?? 0) + 1
  return at + 5 - 12
}
