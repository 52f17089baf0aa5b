import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import type { UpgradedConnection } from '../../request/connection.ts'

/** Tells a client that the other end has left HTTP too, and hands on what the two say, as it is. */
export async function relay(
  client: Duplex,
  head: Buffer,
  { headers, stream, first }: UpgradedConnection,
): Promise<void> {
  client.write(`HTTP/1.1 101 Switching Protocols\r\n${headerLines(headers)}\r\n`)
  if (first.length > 0) client.write(first)
  if (head.length > 0) stream.write(head)
  // Neither outlives the other; what has broken is told by the end of both.
  const ends = [client, stream] as const
  for (const end of ends) {
    end.on('error', () => {})
    end.on('close', () => ends.forEach((each) => void each.destroy()))
  }
  client.pipe(stream)
  stream.pipe(client)
  await Promise.all(ends.map((end) => (end.destroyed ? undefined : once(end, 'close'))))
}

/** Names and values in turn, as they came. */
function headerLines(headers: readonly string[]): string {
  const lines: string[] = []
  for (let i = 0; i + 1 < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}\r\n`)
  return lines.join('')
}
