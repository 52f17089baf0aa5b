import type { ApiServer } from '#apiserver'
import type { ApiRequest, ApiResponse, KubeObject, WatchFrame } from '#machinery'

/** An answer with its body as an object. */
export interface Answer {
  readonly status: number
  readonly body: KubeObject | undefined
  readonly items: readonly KubeObject[]
  readonly continue: string | undefined
  /** The frames of a watch. */
  readonly events: AsyncIterable<WatchFrame> | undefined
}

const user = { name: 'admin', groups: ['system:masters', 'system:authenticated'] }
const json = { accept: 'application/json', 'content-type': 'application/json' }

/** Sends a request as an administrator. */
export async function ask(
  api: ApiServer,
  method: ApiRequest['method'],
  target: string,
  value?: unknown,
  signal = new AbortController().signal,
): Promise<Answer> {
  const [path = '', query] = target.split('?')
  const request: ApiRequest = {
    ...{ method, path, query: new URLSearchParams(query), headers: json, user },
    ...(value !== undefined && { body: { kind: 'value', value } }),
  }
  return answerOf(await api.handle(request, signal))
}

function answerOf({ status, body }: ApiResponse): Answer {
  const list = body.kind === 'list' ? body : undefined
  // Cast: bodies of lists have a metadata as objects have.
  const object = (body.kind === 'object' ? body.value.object : list) as Answer['body']
  return {
    status,
    body: object,
    items: list?.items.map((item) => item.object) ?? [],
    continue: list?.metadata.continue,
    events: body.kind === 'watch' ? body.events : undefined,
  }
}
