import type { ClockCondition } from '#api'
import type { ApiServer } from '#apiserver'
import { findResource, type KubeObject, noSuchResource, type Stored } from '#machinery'
import { badRequest } from '#machinery/status'

/**
 * Returns a test of whether a condition holds right now. Conditions are written as for
 * `kubectl wait --for`: `condition=Type[=Value]`, `create`, `delete`, `jsonpath={.path}[=value]`.
 * @throws StatusError 400 when it cannot be read.
 */
export function conditionOf(
  { objects, served }: Pick<ApiServer, 'objects' | 'served'>,
  wanted: ClockCondition,
): () => boolean {
  const resource = findResource(served.all, wanted.resource)
  if (!resource) throw badRequest(noSuchResource(wanted.resource))
  const { group, version, plural, scope } = resource
  const { name, namespace = 'default' } = wanted
  const key = scope === 'Namespaced' ? { name, namespace } : { name }
  const test = readFor(wanted.for)
  // A kind that is served no more takes its objects with it.
  return () => test(served.find(group, version, plural) && objects.get(resource, key))
}

type Test = (object: Stored | undefined) => boolean

function readFor(text: string): Test {
  if (text === 'create') return (object) => object !== undefined
  if (text === 'delete') return (object) => object === undefined
  const [, kind, rest = ''] = /^(condition|jsonpath)=(.+)$/s.exec(text) ?? []
  if (kind === 'condition') return conditionTest(rest)
  if (kind === 'jsonpath') return pathTest(rest)
  throw badRequest(
    `unrecognized condition: "${text}" (known: condition=…, jsonpath=…, create, delete)`,
  )
}

interface WithConditions extends KubeObject {
  readonly status?: {
    readonly observedGeneration?: number
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

/** Tests a condition; as with kubectl, one of an older generation than the object's does not count. */
function conditionTest(text: string): Test {
  const [type = '', value = 'true'] = text.split('=')
  return (object) => {
    const { status, metadata } = (object ?? {}) as WithConditions
    const isStale =
      (status?.observedGeneration ?? Number.POSITIVE_INFINITY) < (metadata?.generation ?? 0)
    const found = status?.conditions?.find((each) => each.type.toLowerCase() === type.toLowerCase())
    return !isStale && found?.status.toLowerCase() === value.toLowerCase()
  }
}

/** Tests `{.status.phase}=Running`; only members and indexes are understood. */
function pathTest(text: string): Test {
  const [, path, value] = /^'?\{\.?([\w.[\]-]+)\}'?(?:=(.*))?$/s.exec(text) ?? []
  if (path === undefined) {
    throw badRequest(`jsonpath: only members and indexes are understood: ${text}`)
  }
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '')
  return (object) => {
    const found = steps.reduce<unknown>(
      (at, step) => (at as Record<string, unknown> | undefined)?.[step],
      object,
    )
    return value === undefined ? found !== undefined : String(found) === value
  }
}
