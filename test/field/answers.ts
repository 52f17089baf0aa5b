import { createHash } from 'node:crypto'
import type { Manifest } from './projects.ts'

/** What a server says to an object that is created as a trial, without what differs from run to run. */
export interface Answer {
  readonly code: number
  /** Of the object that came of it. */
  readonly digest?: string
  /** What is wrong with it, in no order: upstream's is that of a map of Go. */
  readonly errors?: readonly string[]
}

interface Body {
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly message?: string
  readonly details?: {
    readonly causes?: readonly { reason: string; field?: string; message: string }[]
  }
}

interface ServedResource {
  readonly name: string
  readonly kind: string
  readonly namespaced: boolean
}

/** Asks the server at an address for its answers; undefined for a kind that it does not serve. */
export function answersOf(address: string): (sample: Manifest) => Promise<Answer | undefined> {
  const known = new Map<string, Promise<readonly ServedResource[]>>()
  const resourcesOf = (path: string) => {
    const found = known.get(path) ?? servedBelow(`${address}${path}`)
    known.set(path, found)
    return found
  }
  return async ({ apiVersion, kind, ...rest }) => {
    const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
    const isIt = (each: ServedResource) => each.kind === kind && !each.name.includes('/')
    const resource = (await resourcesOf(path)).find(isIt)
    if (!resource) return undefined
    const below = resource.namespaced ? `${path}/namespaces/default` : path
    const sample = { apiVersion, kind, ...rest, metadata: { name: 'sample' } }
    const query = 'dryRun=All&fieldValidation=Strict'
    const response = await fetch(`${address}${below}/${resource.name}?${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(sample),
    })
    return answerOf(response.status, (await response.json()) as Body) // Cast: an object or a Status.
  }
}

async function servedBelow(address: string): Promise<readonly ServedResource[]> {
  const response = await fetch(address)
  if (!response.ok) return []
  // Cast: an APIResourceList.
  return ((await response.json()) as { readonly resources: readonly ServedResource[] }).resources
}

function answerOf(code: number, body: Body): Answer {
  if (code < 300) return { code, digest: digestOf(body) }
  const causes = body.details?.causes ?? []
  const texts = causes.map(({ reason, field, message }) => `${reason} ${field ?? ''}: ${message}`)
  return { code, errors: texts.length > 0 ? texts.toSorted() : [body.message ?? ''] }
}

/** Of an object without what the server draws and measures. */
function digestOf({ metadata, ...rest }: Body): string {
  const { uid: _, creationTimestamp: __, managedFields: ___, ...kept } = metadata ?? {}
  const text = JSON.stringify(sorted({ metadata: kept, ...rest }))
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, each]): [string, unknown] => [
    name,
    sorted(each),
  ])
  return Object.fromEntries(members.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
