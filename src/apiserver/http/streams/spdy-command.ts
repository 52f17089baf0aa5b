import type { Connection } from '../../request/connection.ts'
import type { SpdyConnection, SpdyStream } from '../spdy/connection.ts'
import { runCommand } from './command.ts'

/** Stream protocols over SPDY, the best first. Version 5 exists only over WebSocket. */
export const spdyCommandProtocols: readonly string[] = ['v4.channel.k8s.io']

type Command = Extract<Connection, { readonly kind: 'command' }>

/** Exec or attach over SPDY: the client opens one stream for each part, named by `streamtype`. */
export async function serveSpdyCommand(
  connection: SpdyConnection,
  { session, options }: Command,
): Promise<void> {
  const wanted = [
    'error',
    ...(options.stdin ? ['stdin'] : []),
    ...(options.stdout ? ['stdout'] : []),
    ...(options.stderr ? ['stderr'] : []),
    ...(options.tty ? ['resize'] : []),
  ]
  const streams = await collect(connection, wanted)
  const error = streams.get('error')
  if (!error) return connection.close()
  const stdin = streams.get('stdin')?.input
  const stdout = streams.get('stdout')?.output
  const stderr = streams.get('stderr')?.output
  const resizes = streams.get('resize')?.input
  await runCommand(
    session,
    {
      error: error.output,
      ...(stdin && { stdin }),
      ...(stdout && { stdout }),
      ...(stderr && { stderr }),
      ...(resizes && { resizes }),
    },
    options.command,
  )
  connection.close()
}

/** The streams by their types, once all that are wanted have been opened, or the connection ended. */
async function collect(
  connection: SpdyConnection,
  wanted: readonly string[],
): Promise<ReadonlyMap<string, SpdyStream>> {
  const streams = new Map<string, SpdyStream>()
  const iterator = connection.streams[Symbol.asyncIterator]()
  while (!wanted.every((type) => streams.has(type))) {
    const { done, value } = await iterator.next()
    if (done) break
    const type = value.headers.streamtype ?? ''
    if (wanted.includes(type)) streams.set(type, value)
    else value.reset()
  }
  return streams
}
