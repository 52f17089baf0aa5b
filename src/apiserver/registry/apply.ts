import {
  applyConfiguration,
  badRequest,
  decodeYamlBody,
  type Encoded,
  formatTime,
  type KubeObject,
  type Stored,
} from '#machinery'
import { storeKeyOf } from '../cache/keys.ts'
import { createDecoded } from './create.ts'
import { decodePatched } from './decode.ts'
import { managerOf } from './owners.ts'
import type { Scope } from './scope.ts'
import { checkName, checkPreconditions, toStored, updateWith, wantedBody } from './update.ts'
import { writeOptionsOf } from './write-options.ts'

export const applyMediaType = 'application/apply-patch+yaml'

/** PATCH by server-side apply: creates what is absent. Answers whether it did. */
export async function applyObject(
  request: Scope,
): Promise<{ readonly object: Encoded<Stored>; readonly created: boolean }> {
  const options = writeOptionsOf(request.request.query, 'PatchOptions', true)
  const manager = managerOf(request, 'Apply')
  const scope: Scope = { ...request, dryRun: options.dryRun, isApply: true }
  const wanted = wantedBody(scope)
  const refuse = (why: string) => badRequest(why)
  const applied = decodePatched(scope, wanted, { value: bodyOf(scope), refuse }, options)
  checkName(scope, applied)
  const overlay = (live: KubeObject | undefined): KubeObject =>
    applyConfiguration({
      live,
      applied,
      manager,
      force: options.force === true,
      ownership: scope.world.ownershipOf(scope.stored.schemaName),
      time: formatTime(scope.world.clock.wallMs()),
    })
  const key = storeKeyOf(scope.stored, scope.namespace, scope.name)
  if (!scope.world.caches.of(scope.stored).get(key) && scope.subresource === '') {
    const draft = overlay(undefined)
    const object = { ...draft, metadata: { ...draft.metadata, name: scope.name } }
    return { object: await createDecoded(scope, object), created: true }
  }
  const object = await updateWith(
    scope,
    (current) => {
      checkPreconditions(scope, applied, current.object)
      return toStored(scope, overlay(current.object), current.object)
    },
    false,
  )
  return { object, created: false }
}

function bodyOf({ request: { body } }: Scope): unknown {
  if (!body) throw badRequest('body is empty')
  if (body.kind === 'value') return body.value
  try {
    return decodeYamlBody(Buffer.from(body.bytes).toString('utf8'))
  } catch (error) {
    throw badRequest(`error decoding YAML: ${(error as Error).message}`)
  }
}
