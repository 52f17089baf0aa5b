import { connectToCluster } from '#cluster'
import { KnarrError } from '#lib'
import type { ApiResponseBody } from '#machinery'
import type { Terminal } from '../terminal/command.ts'

/** What is asked for at a path, and what to say when it is refused. */
export interface PathQuestion {
  readonly path: string
  readonly query: URLSearchParams
  readonly hint?: string
  /** Ends an answer that goes on. */
  readonly signal?: AbortSignal
}

/**
 * Prints what the API server of the cluster in `dataDir` answers at a path that is no resource.
 * @throws KnarrError with the server's reason and message when it refuses
 */
export async function readPath(
  dataDir: string,
  { path, query, hint, signal = new AbortController().signal }: PathQuestion,
  terminal: Pick<Terminal, 'out'>,
): Promise<void> {
  using connection = connectToCluster(dataDir)
  const { status, body } = await connection.client.transport.send(
    { method: 'GET', path, query, headers: { accept: 'application/json' } },
    signal,
  )
  if (status >= 400) {
    const { reason, message } = await refusalIn(body)
    const text = message ?? `the API server answered ${status} at ${path}`
    throw new KnarrError(reason ?? 'Refused', text, hint === undefined ? {} : { hint })
  }
  for await (const part of partsOf(body)) terminal.out(part)
}

interface RefusalText {
  readonly reason?: string
  readonly message?: string
}

async function refusalIn(body: ApiResponseBody): Promise<RefusalText> {
  let text = ''
  for await (const part of partsOf(body)) text += part
  try {
    // Cast: both members are optional, and only shown.
    return JSON.parse(text) as RefusalText
  } catch {
    return {}
  }
}

async function* partsOf(body: ApiResponseBody): AsyncIterable<string> {
  if (body.kind === 'bytes') yield Buffer.from(body.bytes).toString('utf8')
  if (body.kind === 'object') yield `${JSON.stringify(body.value.object, null, 2)}\n`
  if (body.kind !== 'stream') return
  const decoder = new TextDecoder()
  for await (const chunk of body.chunks) yield decoder.decode(chunk, { stream: true })
}
