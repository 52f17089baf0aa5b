import type { GroupVersionKind } from '../served/kinds.ts'
import { base, idOf, meta, type Operation, patchTypesOf } from './operation.ts'
import { actionParameters, type Parameter } from './parameters.ts'
import type { ServedResource } from './served.ts'

interface Part {
  readonly verbs: readonly string[]
  readonly schemaName: string
  readonly scope: readonly Parameter[]
  /** Set for a subresource: its name as part of operation ids, and the kind of its body. */
  readonly suffix?: string
  readonly kind?: GroupVersionKind
}

/** get, update and patch of an object or of a part of it. */
export function partOperations(
  resource: ServedResource,
  part: Part,
): readonly (Operation | false)[] {
  const { verbs, schemaName, scope, suffix = '' } = part
  const shared = { ...base(resource), ...(part.kind && { kind: part.kind }) }
  const what = suffix ? `${suffix.toLowerCase()} of the specified` : 'the specified'
  const answers = { 200: schemaName, 201: schemaName }
  return [
    verbs.includes('get') && {
      ...shared,
      method: 'get',
      action: 'get',
      id: idOf('read', resource, suffix),
      description: `read ${what} ${resource.kind}`,
      parameters: scope,
      answers: { 200: schemaName },
    },
    verbs.includes('update') && {
      ...shared,
      method: 'put',
      action: 'put',
      id: idOf('replace', resource, suffix),
      description: `replace ${what} ${resource.kind}`,
      parameters: [...actionParameters.put, ...scope],
      body: { schemaName, isRequired: true },
      answers,
    },
    verbs.includes('patch') && {
      ...shared,
      method: 'patch',
      action: 'patch',
      id: idOf('patch', resource, suffix),
      description: `partially update ${what} ${resource.kind}`,
      parameters: [...actionParameters.patch, ...scope],
      body: { schemaName: `${meta}.Patch`, isRequired: true },
      consumes: patchTypesOf(resource),
      answers,
    },
  ]
}
