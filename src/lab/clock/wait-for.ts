import { type ClockCondition, resources } from '#api'
import type { ApiServer } from '#apiserver'
import {
  badRequest,
  type KubeObject,
  type Resource,
  type ResourceRef,
  type Stored,
} from '#machinery'

/** Whether a wished-for condition holds right now. */
export type Holds = () => boolean

/**
 * A condition in the words of `kubectl wait --for`: `condition=Type[=Value]`, `create`, `delete`,
 * `jsonpath={.path}[=value]`.
 * @throws StatusError 400 when it cannot be read.
 */
export function conditionOf(objects: ApiServer['objects'], wanted: ClockCondition): Holds {
  const resource = findResource(wanted.resource)
  const { name, namespace = 'default' } = wanted
  const key = resource.scope === 'Namespaced' ? { name, namespace } : { name }
  const test = readFor(wanted.for)
  return () => test(objects.get(resource, key))
}

/** By plural, singular, kind or short name, with or without the group. */
function findResource(text: string): ResourceRef {
  const [name = '', ...group] = text.toLowerCase().split('.')
  const found = resources.find(
    (each) =>
      namesOf(each).includes(name) && (group.length === 0 || each.group === group.join('.')),
  )
  if (!found) throw badRequest(`the server doesn't have a resource type "${text}"`)
  return found
}

function namesOf({ plural, singular, kind, shortNames = [] }: Resource): readonly string[] {
  return [plural, singular, kind.toLowerCase(), ...shortNames]
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

/** As kubectl: a condition of an older generation than the object's does not count. */
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

/** `{.status.phase}=Running`; members and indexes only. */
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
