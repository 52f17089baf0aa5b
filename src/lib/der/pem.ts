/** A block of a PEM text. */
export interface PemBlock {
  readonly type: string
  readonly bytes: Uint8Array
  /** Whether it has lines like `Proc-Type: 4,ENCRYPTED` before its content. */
  readonly hasHeaders: boolean
}

const [begin, end, dashes] = ['-----BEGIN ', '-----END ', '-----']

/** The blocks of a text in their order; what stands around them, and what cannot be read, is passed over. */
export function pemBlocks(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = []
  let until = -1
  for (let at = text.indexOf(begin); at >= 0; ) {
    if (until < at) until = text.indexOf(end, at)
    if (until < 0) break
    const next = text.indexOf(begin, at + begin.length)
    // Whatever begins inside of another one is what is meant.
    const block = next < 0 || next > until ? blockBetween(text, at, until) : undefined
    if (block) blocks.push(block)
    at = next
  }
  return blocks
}

function blockBetween(text: string, start: number, until: number): PemBlock | undefined {
  const isAtLine = start === 0 || text[start - 1] === '\n'
  const from = start + begin.length
  const closed = text.indexOf(dashes, from)
  if (!isAtLine || closed < 0 || closed > until) return undefined
  const type = text.slice(from, closed)
  if (!text.startsWith(`${end}${type}${dashes}`, until)) return undefined
  const body = text.slice(closed + dashes.length, until)
  const lines = body.split('\n').filter((line) => !line.includes(':'))
  const encoded = lines.map((line) => line.trim()).join('')
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.toString('base64') !== encoded) return undefined
  return { type, bytes, hasHeaders: body.includes(':') }
}

/** One block of PEM. */
export function pemOf(type: string, bytes: Uint8Array): string {
  const encoded = Buffer.from(bytes).toString('base64')
  const lines = encoded.match(/.{1,64}/g) ?? []
  return [`${begin}${type}${dashes}`, ...lines, `${end}${type}${dashes}`, ''].join('\n')
}
