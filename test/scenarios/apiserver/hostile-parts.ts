import type { ApiRequest, UserInfo } from '#machinery'

/** A request that is meant to take long, and what it takes that may take it. */
export interface HostileRequest {
  readonly name: string
  readonly method: ApiRequest['method']
  readonly target: string
  readonly headers?: Readonly<Record<string, string>>
  /** Fills about so many bytes; absent where the head alone is hostile. */
  readonly body?: (bytes: number) => string | Buffer
  readonly user?: UserInfo
  /** The most that this part of a request may be; default: the limit of bodies. */
  readonly limitBytes?: number
}

export const maps = '/api/v1/namespaces/default/configmaps'
export const pods = '/api/v1/namespaces/default/pods'
const json = 'application/json'

/** `part(0)`, `part(1)`… joined until there are `bytes` of them. */
export function filled(bytes: number, part: (index: number) => string, separator = ''): string {
  const parts: string[] = []
  for (let length = 0, index = 0; length < bytes; index++) {
    const text = part(index)
    parts.push(text)
    length += text.length + separator.length
  }
  return parts.join(separator)
}

export function object(kind: string, rest: string, apiVersion = 'v1'): string {
  return `{"apiVersion":"${apiVersion}","kind":"${kind}",${rest}}`
}

export const named = '"metadata":{"name":"a"}'

export function map(rest: string): string {
  return object('ConfigMap', rest)
}

export function pod(spec: string): string {
  return object('Pod', `${named},"spec":{${spec}}`)
}

export function container(rest: string): string {
  return pod(`"containers":[{"name":"a","image":"i",${rest}}]`)
}

export function posted(
  name: string,
  body: (bytes: number) => string | Buffer,
  { target = maps, type = json }: { readonly target?: string; readonly type?: string } = {},
): HostileRequest {
  return { name, method: 'POST', target, headers: { 'content-type': type }, body }
}
