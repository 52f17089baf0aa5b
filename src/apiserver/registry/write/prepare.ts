import { formatTime, generateName, type KubeObject, type StrategyContext } from '#machinery'
import { rulesOf } from '../../request/resource-request.ts'
import { withDefaults } from '../bodies/conversion.ts'
import { withGeneration, withSystemMetadata } from './server-metadata.ts'
import type { ObjectWrite } from './write.ts'

/**
 * Stage: the kind's strategy resets what a client, or a plugin, may not set, and a change of the spec
 * raises the generation (upstream: `BeforeCreate` and `BeforeUpdate`, which come after mutating
 * admission). A new object gets its name, uid and creation time.
 */
export function prepare(write: ObjectWrite): ObjectWrite {
  return { ...write, object: write.existing ? preparedUpdate(write) : preparedCreate(write) }
}

function preparedCreate({ scope, object }: ObjectWrite): KubeObject {
  const { world, stored, namespace } = scope
  const { strategy } = rulesOf(scope)
  const { name = '', generateName: prefix = '' } = object.metadata ?? {}
  const drawn = name || (prefix && generateName(prefix, world.random))
  const draft = withSystemMetadata(object, {
    ...(drawn !== '' && { name: drawn }),
    ...(stored.scope === 'Namespaced' && { namespace }),
    uid: world.random.uuid(),
    creationTimestamp: formatTime(world.clock.wallMs()),
    ...(strategy.tracksGeneration && { generation: 1 }),
  })
  // Defaults that follow from the name could not be known before.
  const named = name === drawn ? draft : withDefaults(stored, draft)
  return strategy.prepareForCreate?.(named, strategyContextOf(scope)) ?? named
}

function preparedUpdate({ scope, object, existing }: ObjectWrite): KubeObject {
  const { subresource } = scope
  const { strategy, subresources } = rulesOf(scope)
  const context = strategyContextOf(scope)
  if (!existing) return object
  const old = existing.object
  const part = subresources?.[subresource]
  const prepared =
    part?.kind === 'part'
      ? part.prepareForUpdate(object, old, context)
      : (strategy.prepareForUpdate?.(object, old, context) ?? object)
  // A status tells what became of a spec, and never changes one.
  const { tracksGeneration } = strategy
  const tracks = tracksGeneration && subresource !== 'status'
  return tracks ? withGeneration(prepared, old, tracksGeneration === 'status too') : prepared
}

function strategyContextOf({ world, user }: ObjectWrite['scope']): StrategyContext {
  return { nowMs: world.clock.wallMs(), user }
}
