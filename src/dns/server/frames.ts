/** A message as TCP carries it: its length comes first. */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.alloc(message.length + 2)
  framed.writeUInt16BE(message.length, 0)
  framed.set(message, 2)
  return framed
}

/**
 * Makes what takes the bytes of a connection as they come, and hands on each whole message. It holds
 * one message at most, which its length bounds to 64 KiB.
 */
export function readMessages(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0)
  return (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    let at = 0
    while (held.length - at >= 2) {
      const length = held.readUInt16BE(at)
      if (held.length - at < length + 2) break
      onMessage(held.subarray(at + 2, at + 2 + length))
      at += length + 2
    }
    if (at > 0) held = held.subarray(at)
  }
}
