import { Duplex } from 'node:stream'
import type { ByteStream } from '#lib'

/** A connection through a node as the streams that Node's protocols are spoken over. */
export function duplexOf(stream: ByteStream): Duplex {
  const incoming = stream.output[Symbol.asyncIterator]()
  return new Duplex({
    read() {
      incoming.next().then(
        ({ done, value }) => this.push(done ? null : value),
        (error) => this.destroy(error),
      )
    },
    write(bytes: Uint8Array, _encoding, done) {
      stream.input.write(bytes).then(() => done(), done)
    },
    final(done) {
      stream.input.end()
      done()
    },
    destroy(error, done) {
      stream.close()
      done(error)
    },
  })
}
