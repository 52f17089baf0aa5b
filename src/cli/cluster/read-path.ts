import { connect } from '#cluster'
import { KnarrError } from '#lib'
import type { ApiResponseBody } from '#machinery'
import type { Terminal } from '../terminal/command.ts'

/** Prints what the API server of the cluster in `dataDir` answers at a path that is no resource. */
export async function readPath(
  dataDir: string,
  { path, query }: { readonly path: string; readonly query: URLSearchParams },
  terminal: Pick<Terminal, 'out'>,
): Promise<void> {
  using connection = connect(dataDir)
  const { status, body } = await connection.client.transport.send(
    { method: 'GET', path, query, headers: { accept: 'application/json' } },
    new AbortController().signal,
  )
  if (status >= 400) throw new KnarrError('Refused', `the API server answered ${status} at ${path}`)
  for await (const part of partsOf(body)) terminal.out(part)
}

async function* partsOf(body: ApiResponseBody): AsyncIterable<string> {
  if (body.kind === 'bytes') yield Buffer.from(body.bytes).toString('utf8')
  if (body.kind === 'object') yield `${JSON.stringify(body.value.object, null, 2)}\n`
  if (body.kind !== 'stream') return
  const decoder = new TextDecoder()
  for await (const chunk of body.chunks) yield decoder.decode(chunk, { stream: true })
}
