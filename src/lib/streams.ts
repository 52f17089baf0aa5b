/**
 * A sink takes bytes. `write` resolves when the other side can take more: that is the
 * back-pressure.
 */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>
  /** No more bytes will come (half-close). */
  end(): void
}

/** A running exec or attach. Ends early when the signal that opened it aborts. */
export interface StreamSession {
  readonly stdin?: ByteSink
  readonly stdout: AsyncIterable<Uint8Array>
  readonly stderr: AsyncIterable<Uint8Array>
  /** Size of the terminal in characters; ignored without a terminal. */
  resize(columns: number, rows: number): void
  /** Resolves when the command has ended; rejects when the session broke. */
  readonly done: Promise<{ readonly exitCode: number }>
}

/** A connection to a port of a pod. */
export interface ByteStream {
  readonly input: ByteSink
  readonly output: AsyncIterable<Uint8Array>
  /** The other end speaks no TLS on any port: what would go over TLS goes as it is. */
  readonly withoutTls?: true
  close(): void
}
